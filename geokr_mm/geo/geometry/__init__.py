"""Footprints as rings, and their way between reference systems."""
