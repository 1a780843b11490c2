"""Make a knowledge index of Levir-KR, in the layout of its authors."""

import argparse
import shlex

from geokr_mm.errors import run_tool
from geokr_mm.geo.pipeline.cli import add_crew_arguments

EXAMPLE = """example:
  python tools/convert_levir_kr.py --images Levir-KR/crop_data \\
      --labels Levir-KR/RSIData_WithLabels --list Levir-KR/train.txt \\
      --workers 8 --max-bad-fraction 0.01 --out levir_kr/
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Convert Levir-KR, for those who hold it: images '
        'FOLDER/SCENE_X_Y.tiff, one JSON of GlobeLand30 class counts each in '
        'FOLDER/SCENE_X_Y.json, and train.txt. Images are not copied.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('--images', required=True, metavar='FOLDER', help='the images')
    add('--labels', required=True, metavar='FOLDER', help='the counts')
    add(
        '--list',
        metavar='FILE',
        help='train.txt: the last two parts of its paths count (default: all '
        'images)',
    )
    add(
        '--out',
        required=True,
        metavar='FILE',
        help='index to write; with a / at the end a folder of parts',
    )
    add(
        '--year',
        type=int,
        default=2020,
        help='year of the GlobeLand30 that was counted (default: 2020)',
    )
    add(
        '--band-names',
        metavar='A,B,...',
        help='names of the bands where the images tell none',
    )
    add(
        '--no-filter',
        action='append',
        default=[],
        metavar='NAME',
        help='a filter to leave out; may be repeated',
    )
    add(
        '--max-bad-fraction',
        type=float,
        default=0.0,
        metavar='SHARE',
        help='share of images that may be unusable; they are listed in '
        'OUT.quarantine.csv (default: 0, stop at the first)',
    )
    add_crew_arguments(parser)
    add('--quiet', action='store_true', help='no progress, no summary')
    args = parser.parse_args()

    from geokr_mm.geo.converters.levir_kr import LevirOptions, convert_levir_kr

    names = args.band_names and tuple(args.band_names.split(','))
    options = LevirOptions(
        images=args.images,
        labels=args.labels,
        out=args.out,
        listed=args.list,
        year=args.year,
        band_names=names or None,
        without=tuple(args.no_filter),
    )
    command = ['convert_levir_kr.py', '--year', str(args.year)]
    for name in args.no_filter:
        command += ['--no-filter', name]
    summary = convert_levir_kr(
        options,
        shlex.join(command),
        args.quiet,
        args.workers,
        args.resume,
        args.max_bad_fraction,
        args.scheduler,
    )
    if not args.quiet:
        print(summary)


if __name__ == '__main__':
    run_tool(main)
