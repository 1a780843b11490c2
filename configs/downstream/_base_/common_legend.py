# Masks of the ten classes of the common legend in its order; 255 is ignored.
metainfo = dict(
    classes=(
        'cultivated',
        'forest',
        'grassland',
        'shrubland',
        'wetland',
        'water',
        'tundra',
        'artificial',
        'bareland',
        'snow_ice',
    ),
    palette=[
        [250, 160, 255],
        [0, 100, 0],
        [100, 255, 0],
        [0, 255, 120],
        [0, 100, 255],
        [0, 0, 255],
        [100, 100, 50],
        [255, 0, 0],
        [190, 190, 190],
        [200, 240, 255],
    ],
)
