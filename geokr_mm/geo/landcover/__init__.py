"""Exact areas of land-cover classes inside footprints."""
