"""Write the labels that a run corrected back to an index."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/write_corrected.py work_dirs/geco/iter_1000.pth \\
      --index data/world/index.parquet --out data/world/corrected.parquet
  python tools/report.py --index data/world/corrected.parquet --out page.html
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=f'{__doc__} The copy has them as soft labels, beside '
        "the map's; train on it with GeoKRDataset(soft_labels=True).",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('checkpoint', help='of a GeoKR pre-training run')
    parser.add_argument(
        '--index', required=True, help='that the run was trained on'
    )
    parser.add_argument(
        '--out', help="the copy, in the index's folder (default: none)"
    )
    parser.add_argument(
        '--use',
        nargs='+',
        choices=('correction', 'teacher', 'student'),
        default=['correction'],
        help="labels: the learned correction's, or what a network reads; "
        'several to compare with --world (default: correction)',
    )
    parser.add_argument(
        '--world',
        help='synthetic world of the index: prints how far map and labels '
        'are from the truth, where the land changed and where it did not',
    )
    parser.add_argument(
        '--select',
        type=float,
        nargs=2,
        metavar=('KEEP', 'SHARPNESS'),
        help='with --world: also labels as geokr_mm.ConfidenceSelection '
        'would weigh them, such as 0.5 1: those of all maps together where '
        'the index combines several, which also counts how far these agree',
    )
    parser.add_argument(
        '--against',
        metavar='INDEX',
        help='with --world: another index of the same patches, whose labels '
        "stand as the map's (default: --index)",
    )
    parser.add_argument(
        '--results', help='results table to append these distances to, a CSV'
    )
    parser.add_argument(
        '--method',
        default='geco patch',
        help='name in the table (default: geco patch)',
    )
    parser.add_argument(
        '--seed', type=int, default=0, help='of the run, for the table'
    )
    args = parser.parse_args()
    if not args.out and not args.world:
        parser.error('give --out, --world or both')
    for needs in ('results', 'against', 'select'):
        if getattr(args, needs) and not args.world:
            parser.error(f'--{needs} needs --world')
    if args.out and len(args.use) > 1:
        parser.error('--out takes one kind of labels; give one to --use')

    from geokr_mm.benchmark.label_error import measure_labels, same_patches
    from geokr_mm.benchmark.results import this_command
    from geokr_mm.export.labels import learned_labels, selection_weights
    from geokr_mm.files import check_output
    from geokr_mm.geo.index.corrected_labels import write_soft_labels
    from geokr_mm.geo.index.knowledge_index import KnowledgeIndex

    if args.results:
        check_output(args.results)
    if args.out:
        check_output(args.out, folder=True)
    index = KnowledgeIndex.open(args.index)
    networks = ['student', 'teacher'] if args.select else []
    found = learned_labels(
        args.checkpoint, args.index, list(dict.fromkeys(args.use + networks))
    )
    labels = {use: found[use] for use in dict.fromkeys(args.use)}
    if args.out:
        (own,) = labels.values()
        write_soft_labels(index, own, args.out, this_command())
        print(f'{args.out}: labels of {len(own)} patches')
    if args.world:
        kept = base = index.kept()
        compared = {f'{args.method}: {use}': v for use, v in labels.items()}
        weights = {}
        if index.metadata.choose == 'combine':
            compared['maps combined'] = kept.soft_fractions
        if args.select:
            name = '{}: selection {:g} {:g}'.format(args.method, *args.select)
            compared[name] = kept.soft_fractions
            weights[name] = selection_weights(
                kept, found['student'], found['teacher'], *args.select
            )
        if args.against:
            base = KnowledgeIndex.open(args.against).kept()
            ours, rows = same_patches(kept, base)
            base = base.take(rows)
            compared = {name: v[ours] for name, v in compared.items()}
            weights = {name: v[ours] for name, v in weights.items()}
        measure_labels(
            base,
            compared,
            args.world,
            seed=args.seed,
            results=args.results,
            weights=weights,
        )


if __name__ == '__main__':
    run_tool(main)
