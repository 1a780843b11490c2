#!/usr/bin/env python
"""Make a synthetic planet: scenes, land-cover products, labels and truth."""

import argparse

from geokr_mm.errors import run_tool

_EXAMPLE = """example:
  python tools/make_world.py --preset demo --seed 0 data/world
"""


def main() -> None:
    """Parse the command line and make a world."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('out', help='folder to make; a stopped run is taken up again')
    add(
        '--preset',
        default='demo',
        choices=('tiny', 'demo', 'standard', 'large'),
        help='how much of the planet (default: demo)',
    )
    add('--seed', type=int, default=0, help='which planet (default: 0)')
    add('--workers', type=int, help='processes (default: all cores)')
    add(
        '--places',
        metavar='[FIRST:]COUNT',
        help='pre-training places; FIRST cuts a large world into parts',
    )
    add(
        '--lag',
        type=int,
        help='years from the product to the newest scene: 0, 10 or 20',
    )
    add(
        '--no-majority',
        action='store_true',
        help='product cells take the class at their middle',
    )
    add('--unit', type=int, help='minimum mapping unit, product cells')
    add('--shift', type=float, help='registration error, metres')
    add('--confusion', type=float, help='factor on the class confusion')
    add('--quiet', action='store_true', help='show no progress')
    args = parser.parse_args()

    from geokr_mm.world.pipeline.build import make_world
    from geokr_mm.world.pipeline.presets import choose

    preset = choose(
        args.preset,
        places=args.places,
        lag=args.lag,
        unit=args.unit,
        shift=args.shift,
        confusion=args.confusion,
        majority=False if args.no_majority else None,
    )
    made = make_world(args.out, preset, args.seed, args.workers, args.quiet)
    state = 'complete' if made else 'already complete, nothing to do'
    print(f'{args.out}: {state}')


if __name__ == '__main__':
    run_tool(main)
