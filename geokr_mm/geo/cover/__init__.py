"""Maps in cells of a scene: blocks, GeoTIFFs, areas that differ."""
