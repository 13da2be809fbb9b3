"""One reader per source of recorded episodes."""
