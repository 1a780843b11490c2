"""Randomness that depends on coordinates: hashes, grids, noise."""
