"""Labelled pictures of the four downstream tasks."""
