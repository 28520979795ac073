"""Slides: taken in, read, shown."""
