"""One export per format that others read."""
