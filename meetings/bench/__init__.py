"""Measurements of speed, size and memory, as ratios and figures that one run prints. Used by `manage.py bench`."""
