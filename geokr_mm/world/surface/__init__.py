"""What the land looks like: spectra, textures, heights."""
