"""Linear probe of a backbone's frozen features with few labels."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/linear_probe.py ../shared/data/rsscn7 --checkpoint random
  python tools/linear_probe.py ../shared/data/rsscn7 \\
      --checkpoint backbone.pth --method geokr --out benchmarks/results.csv
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Fit a logistic regression to frozen features of few '
        'labelled images, test it on all others. The penalty is chosen by '
        'cross-validation inside the labelled images. The five nearest of '
        'them by angle (k-NN) are a second test.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('images', help='folder with one folder per class')
    parser.add_argument(
        '--checkpoint',
        default='random',
        help='backbone file written by tools/export_backbone.py, or "random" '
        'for an untrained ResNet-18 (default: random)',
    )
    parser.add_argument(
        '--method', help='name in the table (default: file name or random)'
    )
    parser.add_argument(
        '--labels',
        type=int,
        nargs='+',
        default=[5, 20, 50],
        help='labelled images per class (default: 5 20 50)',
    )
    parser.add_argument(
        '--draws', type=int, default=10, help='draws of them (default: 10)'
    )
    parser.add_argument(
        '--init-seeds',
        type=int,
        default=3,
        help='initialisations of a random backbone (default: 3)',
    )
    parser.add_argument(
        '--image-size', type=int, default=128, help='pixels (default: 128)'
    )
    parser.add_argument('--device', default='cpu', help='(default: cpu)')
    parser.add_argument('--out', help='results table to append to, a CSV')
    args = parser.parse_args()

    from itertools import product
    from pathlib import Path

    from geokr_mm.benchmark import append_rows
    from geokr_mm.benchmark.classifiers import CLASSIFIERS
    from geokr_mm.benchmark.image_sets import from_folder
    from geokr_mm.benchmark.probe import features_of, probe, summary
    from geokr_mm.files import check_output

    if args.out:
        check_output(args.out)
    images = from_folder(args.images, args.image_size)
    name = args.method or Path(args.checkpoint).stem
    wanted = list(product(CLASSIFIERS, args.labels, range(args.draws)))
    figures = []
    for seed in range(args.init_seeds if args.checkpoint == 'random' else 1):
        features, digest = features_of(
            args.checkpoint, images, seed, args.device
        )
        found = probe(features, images, Path(args.images).name, wanted)
        if args.out:
            append_rows(
                args.out,
                found,
                protocol=f'linear probe, {args.image_size} px',
                model=name,
                pretraining_seed=seed,
                checkpoint_sha256=digest,
            )
        figures += found
    for line in summary(figures):
        print(f'{name}: {line}')


if __name__ == '__main__':
    run_tool(main)
