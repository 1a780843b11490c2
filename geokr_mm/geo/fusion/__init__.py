"""Several maps: which one fits an image, or all as one soft label."""
