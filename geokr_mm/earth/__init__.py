"""Free data of the whole Earth, from packages of the Python registry."""
