#!/usr/bin/env python
"""Make a synthetic planet: scenes, land-cover products, labels, truth."""

import argparse

from geokr_mm.errors import run_tool

_EXAMPLE = """example:
  python tools/make_world.py --preset demo --seed 0 data/world
"""


def main() -> None:
    """Parse the command line and make a world."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out', help='folder to make')
    parser.add_argument(
        '--preset', default='demo', choices=('tiny', 'demo', 'standard'),
        help='how much of the planet (default: demo)')
    parser.add_argument('--seed', type=int, default=0,
                        help='which planet (default: 0)')
    parser.add_argument('--workers', type=int, default=None,
                        help='processes (default: all cores)')
    parser.add_argument('--quiet', action='store_true',
                        help='show no progress')
    args = parser.parse_args()

    from geokr_mm.world.build import make_world
    from geokr_mm.world.presets import PRESETS

    made = make_world(args.out, PRESETS[args.preset], args.seed,
                      args.workers, args.quiet)
    print(f'{args.out}: ' + (
        'complete' if made else 'already complete, nothing to do'))


if __name__ == '__main__':
    run_tool(main)
