"""Scenes found behind folders, globs, lists and STAC."""
