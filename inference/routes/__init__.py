"""HTTP surface: one module per group of paths."""
