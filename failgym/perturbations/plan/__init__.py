"""The plan seat: one class per file."""
