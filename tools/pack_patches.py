"""Pack the patches of an index into a few large files for fast reading."""

import argparse

from geokr_mm.errors import run_tool
from geokr_mm.geo.core.options import (
    WorkerOptions,
    add_arguments,
    read_options,
)

EXAMPLE = """example:
  python tools/pack_patches.py data/index.parquet data/packed --workers 8
  then set train_dataloader.dataset.packed=data/packed
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Write the kept patches of an index to a folder of tar '
        'files in the layout of WebDataset: pixels, and JSON with footprint '
        'and label. 8-bit red, green and blue become JPEG, all else is '
        'lossless.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('index', help='of tools/build_index.py')
    add('out', metavar='OUT', help='folder to write; must not exist')
    add('--bands', default='', help='names, commas between (default: all)')
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        '--quality', type=int, default=95, help='of JPEG (default: 95)'
    )
    kind.add_argument(
        '--lossless', action='store_true', help='no JPEG; larger and slower'
    )
    add(
        '--per-shard',
        type=int,
        default=4096,
        metavar='N',
        help='patches of a file (default: 4096)',
    )
    add('--scene-root', help='where the scenes lie if they moved')
    add(
        '--max-bad-fraction',
        type=float,
        default=0.0,
        metavar='SHARE',
        help='share of patches that may be unreadable; training replaces '
        'them (default: 0, stop at the first)',
    )
    add_arguments(parser, WorkerOptions)
    add('--quiet', action='store_true', help='no progress, no summary')
    args = parser.parse_args()

    from geokr_mm.geo import KnowledgeIndex
    from geokr_mm.packing.pack import PackOptions, pack_patches

    options = PackOptions(
        tuple(filter(None, args.bands.split(','))),
        None if args.lossless else args.quality,
        args.per_shard,
        args.max_bad_fraction,
    )
    workers = read_options(WorkerOptions, args)
    found = pack_patches(
        KnowledgeIndex.open(args.index, args.scene_root),
        args.out,
        options,
        quiet=args.quiet,
        **vars(workers),
    )
    if not args.quiet:
        print(
            f'{args.out}: {found["patches"]} patches, {found["jpeg"]} as '
            f'JPEG of quality {args.quality}, {found["left_out"]} left out; '
            f'{found["bytes"] / 2**20:.0f} MiB'
        )


if __name__ == '__main__':
    run_tool(main)
