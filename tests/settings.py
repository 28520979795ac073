"""The product's settings with a data folder of their own and faster passwords; what is tested stays the product's."""

import os
import tempfile

os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ["MINUTEBOOK_DATA_DIR"] = os.environ.get("MINUTEBOOK_TEST_DATA_DIR") or tempfile.mkdtemp(
    prefix="minutebook-test-"
)

from meetings.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
# A fresh clone has no collected files, and WhiteNoise warns of a folder that is not there.
STATIC_ROOT = DATA_DIR / "static"  # noqa: F405
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
