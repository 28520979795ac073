import os

# numpy's OpenBLAS was seen to wait for ever for a worker thread of its own; nothing here multiplies large matrices.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from .celery import app as celery_app

__all__ = ("celery_app",)
