"""The scene seat: one class per file."""
