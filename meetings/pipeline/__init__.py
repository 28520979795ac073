"""From bytes to notes: one verb per module, started and watched by `steps`."""
