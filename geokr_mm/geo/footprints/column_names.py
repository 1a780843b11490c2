"""Names that columns of footprints have in other programs' tables."""

#: The column of our own tables.
GEOMETRY = 'geometry'

#: Columns of WKT, EWKT or hexadecimal WKB: geopandas, PostGIS, QGIS, GDAL.
GEOMETRY_NAMES = (
    GEOMETRY,
    'geom',
    'the_geom',
    'wkt',
    'ewkt',
    'wkt_geom',
    'geom_wkt',
    'wkb_geometry',
    'st_astext',
    'st_asewkt',
)

#: Sides of upright boxes, in the order left, bottom, right, top.
BOXES = (
    ('left', 'bottom', 'right', 'top'),
    ('xmin', 'ymin', 'xmax', 'ymax'),
    ('minx', 'miny', 'maxx', 'maxy'),
    ('west', 'south', 'east', 'north'),
)
