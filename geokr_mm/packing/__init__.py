"""Packed patches: pixels of an index in a few large files."""
