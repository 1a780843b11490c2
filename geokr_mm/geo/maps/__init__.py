"""Land-cover products: legends, product files, and what map files hold."""
