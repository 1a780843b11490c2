"""Scenes: bands, patches, radiometry, masks and filters."""
