"""The land: terrain, rivers, towns, roads, fields and true land cover."""
