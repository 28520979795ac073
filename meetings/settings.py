"""Settings, from environment variables alone. Every variable stands in `.env.example` and `docs/settings.md`; a test compares the three.

The defaults run the embedded product: SQLite in WAL mode, local files, the Redis server of the wheel on a unix socket, one model server.
"""

import hashlib
import tempfile
from pathlib import Path

import environ
from csp.constants import NONCE, NONE, SELF

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DATA_DIR = Path(env("MINUTEBOOK_DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
RUN_DIR = DATA_DIR / "run"
DEBUG = env.bool("MINUTEBOOK_DEBUG", default=False)


def _read_secret_key() -> str:
    """The key from the environment, else the one `bin/up` wrote; without either, the program must not start."""
    if key := env("SECRET_KEY", default=""):
        return key
    path = DATA_DIR / "secret_key"
    if path.exists():
        return path.read_text().strip()
    raise environ.ImproperlyConfigured(
        f"No SECRET_KEY: run bin/up once, or set SECRET_KEY, or write one to {path}"
    )


def _socket_path(name: str) -> Path:
    """A unix socket path under the data folder, or under the system's temporary folder where that would exceed the kernel's 108 bytes."""
    path = RUN_DIR / name
    if len(str(path)) < 100:
        return path
    digest = hashlib.sha256(str(DATA_DIR).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"minutebook-{digest}" / name


SECRET_KEY = _read_secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
BEHIND_HTTPS = env.bool("MINUTEBOOK_HTTPS", default=False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials",
    "channels",
    "allauth",
    "allauth.account",
    "csp",
    "meetings",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "meetings.middleware.FirstRunMiddleware",
    "meetings.middleware.PersonsTimeMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "meetings.urls"
ASGI_APPLICATION = "meetings.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "meetings.views.context.shell",
            ],
        },
    }
]

# --- database -----------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'minutebook.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A write transaction takes its lock at the start, so that two writers wait for each other instead of failing half way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- queue, sockets -----------------------------------------------------------------------------
REDIS_SOCKET = _socket_path("redis.sock")
REDIS_URL = env("REDIS_URL", default="") or f"unix://{REDIS_SOCKET}"
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
# Recordings worked on at once; the Procfile gives the worker one thread more, for what people wait for (pipeline/seats.py).
WORKERS = env.int("MINUTEBOOK_WORKERS", default=2)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Longer than the longest task (a five-hour recording on a small machine), else Redis hands the task to a second worker.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 12 * 3600}
CELERY_BEAT_SCHEDULE_FILENAME = str(RUN_DIR / "beat-schedule")
CELERY_BEAT_SCHEDULE = {
    "index-changed-meetings": {"task": "meetings.tasks.index_changed_meetings", "schedule": 30.0},
    "make-search-vectors": {"task": "meetings.tasks.make_search_vectors", "schedule": 30.0},
    "requeue-lost-jobs": {"task": "meetings.tasks.requeue_lost_jobs", "schedule": 10.0},
    "close-live-takes": {"task": "meetings.tasks.close_live_takes", "schedule": 15.0},
    "draft-live-meetings": {"task": "meetings.tasks.draft_live_meetings", "schedule": 15.0},
    "rewrite-lines": {"task": "meetings.tasks.rewrite_lines", "schedule": 30.0},
    "learn-voices": {"task": "meetings.tasks.learn_voices", "schedule": 60.0},
    "answer-questions": {"task": "meetings.tasks.answer_questions", "schedule": 30.0},
    "read-slides": {"task": "meetings.tasks.read_slides", "schedule": 30.0},
    "describe-slides": {"task": "meetings.tasks.describe_slides", "schedule": 30.0},
    "erase-deleted-meetings": {"task": "meetings.tasks.erase_deleted_meetings", "schedule": 3600.0},
    "delete-stale-uploads": {"task": "meetings.tasks.delete_stale_uploads", "schedule": 3600.0},
}
CHANNEL_LAYERS = {
    # Pub/sub keeps no backlog to overflow; every message is only a hint to look at the database again.
    "default": {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}},
}

# --- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "meetings.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
# No mail server is assumed: the owner hands over a link, see views/people.py.
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "meetings.accounts.ClosedAccountAdapter"
ACCOUNT_SESSION_REMEMBER = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
if BEHIND_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 30
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- words and times ----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env("MINUTEBOOK_TIME_ZONE", default="UTC")

# --- files --------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
_NODE_MODULES = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    # Third-party browser libraries as npm installed them; a prefix per library keeps the rest of each package out.
    *(
        (f"vendor/{name}", path)
        for name, path in (
            ("tus", _NODE_MODULES / "tus-js-client" / "dist"),
            ("wavesurfer", _NODE_MODULES / "wavesurfer.js" / "dist"),
        )
        if path.is_dir()
    ),
]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files"},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MAX_UPLOAD_BYTES = env.int("MINUTEBOOK_MAX_UPLOAD_BYTES", default=20 * 1024**3)
UNDO_DELETE_HOURS = env.float("MINUTEBOOK_UNDO_DELETE_HOURS", default=24)
UPLOAD_EXPIRY_HOURS = env.int("MINUTEBOOK_UPLOAD_EXPIRY_HOURS", default=72)
# Room that must stay free on the disk; below it an upload is refused or paused instead of filling the machine.
MIN_FREE_BYTES = env.int("MINUTEBOOK_MIN_FREE_BYTES", default=500 * 1024**2)
MAX_RECORDING_HOURS = env.float("MINUTEBOOK_MAX_RECORDING_HOURS", default=12)
# A live recording to which nobody is connected for so long is closed, and its notes are made.
LIVE_ABANDON_MINUTES = env.float("MINUTEBOOK_LIVE_ABANDON_MINUTES", default=30)

# --- model server -------------------------------------------------------------------------------
INFERENCE_URL = env("INFERENCE_URL", default="http://127.0.0.1:8077")

# --- logs ---------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"job": {"()": "meetings.logs.JobFilter"}},
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name} [{job}] {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["job"]}},
    "root": {"handlers": ["stderr"], "level": env("MINUTEBOOK_LOG_LEVEL", default="INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}
