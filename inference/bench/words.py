"""Words that are compared, and how many of them are wrong."""

from __future__ import annotations

import re


def list_words(text: str) -> list[str]:
    """Small letters and digits; case, punctuation and apostrophes do not count."""
    plain = text.casefold().replace("'", "").replace("’", "")
    return re.findall(r"\w+", plain)


def compute_wer(reference: str, text: str) -> float | None:
    """Word error rate as written. None where jiwer is not installed: it comes with requirements-evaluate.txt."""
    try:
        import jiwer
    except ImportError:
        return None
    wanted, found = list_words(reference), list_words(text)
    return jiwer.wer(" ".join(wanted), " ".join(found)) if wanted else float(len(found))


NO_JIWER = "word errors were not counted: jiwer is missing (pip install -r requirements-evaluate.txt)"
