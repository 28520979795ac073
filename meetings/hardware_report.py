"""What `python -m inference check` measured on this machine, as it wrote it to the data folder."""

import json

from django.conf import settings


def find_hardware_report() -> dict | None:
    """None when the machine was never measured or the file is not readable as such."""
    try:
        report = json.loads((settings.DATA_DIR / "hardware.json").read_text())
    except (OSError, ValueError):
        return None
    return report if isinstance(report, dict) else None


def find_minutes_per_hour() -> int | None:
    """Whole minutes of work for one hour of meeting, at least 1; None when not measured."""
    value = (find_hardware_report() or {}).get("minutes_per_hour")
    return max(1, round(value)) if isinstance(value, int | float) else None
