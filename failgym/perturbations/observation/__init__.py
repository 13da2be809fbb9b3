"""The observation seat: one class per file."""
