"""Compare labels of an index with a better map of the same place."""

import argparse

from geokr_mm.errors import run_tool
from geokr_mm.geo.core.options import add_map

EXAMPLE = """example:
  python tools/compare_labels.py data/chesapeake_tile/index.parquet \\
      --product chesapeake_lc --year 2013 --land-cover tile/*_lc.tif \\
      --crosswalk nlcd_to_chesapeake_lc \\
      --checkpoint work_dirs/geco/epoch_21.pth --use correction student
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Print how far the class fractions of an index, and those '
        'that a run made of them, are from those of a better map (total '
        'variation).',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('index', help='of tools/build_index.py, with --legend native')
    add_map(parser, 'the better map')
    add(
        '--crosswalk',
        required=True,
        help="what the index's classes are in those of the better map: a name "
        'in geokr_mm/geo/crosswalks or a .yaml file',
    )
    add('--checkpoint', help='of a GeoKR pre-training run on the index')
    add(
        '--use',
        nargs='+',
        choices=('correction', 'teacher', 'student'),
        default=['correction'],
        help="labels of the run: the learned correction's, or what a network "
        'reads (default: correction)',
    )
    add('--method', default='geco patch', help='name in the table')
    add('--dataset', help='name in the table (default: folder of the index)')
    add('--seed', type=int, default=0, help='of the run, for the table')
    add('--results', help='results table to append to, a CSV')
    args = parser.parse_args()

    from pathlib import Path

    from geokr_mm.benchmark.reference import measure_distances
    from geokr_mm.export.labels import learned_labels
    from geokr_mm.files import check_output
    from geokr_mm.geo.index.knowledge_index import KnowledgeIndex
    from geokr_mm.geo.landcover.landcover import LandCover
    from geokr_mm.geo.maps.crosswalk import load_crosswalk

    if args.results:
        check_output(args.results)
    index = KnowledgeIndex.open(args.index).kept()
    better = LandCover.open(
        args.product, args.land_cover, args.year, legend='native'
    )
    labels = {}
    if args.checkpoint:
        uses = list(dict.fromkeys(args.use))
        found = learned_labels(args.checkpoint, args.index, uses)
        labels = {f'{args.method}: {use}': found[use] for use in uses}
    measure_distances(
        index,
        labels,
        better,
        load_crosswalk(args.crosswalk, index.classes, better.classes),
        args.dataset or Path(args.index).resolve().parent.name,
        args.seed,
        args.results,
    )


if __name__ == '__main__':
    run_tool(main)
