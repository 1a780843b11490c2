"""A synthetic planet with known truth: land, sensors, products, labels."""
