"""The walk from images and a map to a comparison table, in minutes."""
