"""Recorded episodes of others: readers that make ours of theirs, exports that make theirs of ours."""
