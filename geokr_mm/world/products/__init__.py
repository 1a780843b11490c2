"""Land-cover products: their errors, tile layouts and files."""
