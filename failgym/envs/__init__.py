"""Environments, and the wrapper that makes them fail."""
