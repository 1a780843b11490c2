"""Scenes: sun, sky, camera and files."""
