"""The knowledge index: its file, reading, writing and what is made of it."""
