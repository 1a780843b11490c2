"""Take the backbone out of a pre-training checkpoint."""

import argparse
from pathlib import Path

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/export_backbone.py work_dirs/geokr/epoch_40.pth backbone.pth
  # the same for four bands of a sensor that counts them:
  python tools/export_backbone.py backbone.pth landsat.pth \
      --bands b4=red,b3=green,b2=blue,b5
  # of a run with a feature pyramid, that too:
  python tools/export_backbone.py work_dirs/gridded/epoch_21.pth \
      backbone.pth --neck neck.pth
  # for torchvision; or a folder that timm opens, with a model card:
  python tools/export_backbone.py backbone.pth resnet50.pth --to torchvision
  python tools/export_backbone.py backbone.pth my_backbone --to hf
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Write OUT.pth and OUT.safetensors: a backbone under '
        'bare keys with a card; or one for another library.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'checkpoint',
        help='checkpoint of a pre-training run, or a backbone file',
    )
    parser.add_argument(
        'out',
        help='file to write, with or without .pth; with --to hf a folder',
    )
    parser.add_argument(
        '--to',
        choices=['timm', 'torchvision', 'hf'],
        help='library whose names the weights get (default: OpenMMLab); hf: '
        'a folder for timm and Hugging Face, with a model card and a STAC '
        'item',
    )
    parser.add_argument(
        '--branch',
        choices=['teacher', 'student'],
        help='which network to take (default: the teacher if there is one)',
    )
    parser.add_argument(
        '--bands',
        type=lambda text: text.split(','),
        help='fit the first convolution to these bands, by name: known ones '
        'are copied, new ones get the mean; NEW=KNOWN renames',
    )
    parser.add_argument(
        '--sensor',
        help='whose stem to take, of a network with several '
        '(geokr_mm.SensorStems)',
    )
    parser.add_argument(
        '--neck',
        metavar='FILE',
        help='file to write the pre-trained feature pyramid to, for the FPN '
        'of a segmentor or detector',
    )
    args = parser.parse_args()

    from geokr_mm.errors import InputError
    from geokr_mm.export import export_backbone, export_to, moves_text
    from geokr_mm.files import check_output

    if args.to and args.neck:
        raise InputError('--neck is for OpenMMLab; export it without --to')
    for out in filter(None, (args.out, args.neck)):
        # A folder may have the name that .pth is added to.
        check_output(out, folder=args.to == 'hf' or Path(out).is_dir())
    if args.to:
        backbone = export_to(
            args.to,
            args.checkpoint,
            args.out,
            args.branch,
            args.bands,
            args.sensor,
        )
        card = {**backbone.card, 'sha256': backbone.sha256}
        print(f'{"network":13} {backbone.library} {backbone.name}')
        print(
            f'{"features":13} {backbone.features}, equal to '
            f'{backbone.difference:.0e} of the largest; no classifier'
        )
        if backbone.left_out:
            print(f'{"left out":13} {", ".join(backbone.left_out)}')
    else:
        card = export_backbone(
            args.checkpoint,
            args.out,
            args.branch,
            args.bands,
            args.neck,
            args.sensor,
        )
    for key, value in card.items():
        if key not in ('unknown', 'teacher'):
            print(f'{key:13} {value}')
    if card.get('teacher'):
        print(f'teacher       {moves_text(card["teacher"])}')
    if card['unknown']:
        print('Not in the checkpoint: ' + ', '.join(card['unknown']))


if __name__ == '__main__':
    run_tool(main)
