"""`python -m inference bench`: what the model server promises about speed, silence and memory, measured as ratios within one run.

    command ─▶ rows (by name) ─▶ Ground: engines, recording ─▶ Figure … ─▶ a table, JSON

A ratio compares two measurements taken in turns in one process, so that a slow or busy machine changes both.
"""
