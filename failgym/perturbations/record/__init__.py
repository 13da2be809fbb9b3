"""Perturbations of recorded episodes."""
