"""The action seat: one class per file."""
