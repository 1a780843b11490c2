"""Read the land cover of whole scenes with a trained network."""

import argparse
import shlex
import sys

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/predict_cover.py work_dirs/my_geokr/epoch_20.pth \\
      --scenes scenes/ --out cover
  # and where an old map differs, the largest areas first:
  python tools/predict_cover.py work_dirs/my_geokr/epoch_20.pth \\
      --scenes scenes/ --product worldcover --land-cover worldcover/ \\
      --out cover --workers 4
"""


def main() -> None:
    from geokr_mm.geo.core.options import add_arguments, read_options
    from geokr_mm.prediction.options import PredictOptions, RunOptions

    parser = argparse.ArgumentParser(
        description='Write OUT: for each scene GeoTIFFs of class fractions, '
        'largest class and confidence; with a product also where it differs, '
        'areas.gpkg of the largest such areas; and a page, index.html.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('checkpoint', help='of a pre-training run')
    add_arguments(parser, PredictOptions)
    add_arguments(parser, RunOptions)
    parsed = parser.parse_args()
    options = read_options(
        PredictOptions, parsed, checkpoint=parsed.checkpoint
    )
    run = read_options(RunOptions, parsed)

    from geokr_mm.prediction.cover import predict_cover

    command = shlex.join(['predict_cover.py', *sys.argv[1:]])
    found = predict_cover(options, command, run)
    if not run.quiet:
        count = len(found.maps)
        print(f'{options.out}: {count} scene{"s" if count > 1 else ""}')
        for maps in found.maps:
            if found.product:
                print(f'  {maps.stem}: disagreement {maps.disagreement:.3f}')
        if found.product:
            print(f'  {len(found.areas)} areas where map and network differ')
        print(f'  open {options.out}/index.html')


if __name__ == '__main__':
    run_tool(main)
