"""Make a backbone file of weights from another library."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/import_backbone.py resnet50-11ad3fa6.pth --out start.pth
  # for four bands of Sentinel-2, from a folder of timm or Hugging Face:
  python tools/import_backbone.py local-dir:swin --arch swin_tiny \\
      --bands B04,B03,B02,B08 --args img_size=256 window_size=8 \\
      --out start.pth
"""


def names(text: str) -> list[str]:
    return text.split(',')


def numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(',')]


def setting(text: str) -> tuple[str, str]:
    key, equals, value = text.partition('=')
    if not equals:
        raise argparse.ArgumentTypeError(f'{text} is not KEY=VALUE')
    return key, value


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Write OUT.pth and OUT.safetensors: a backbone of '
        'mmpretrain with a card, from weights of torchvision, timm, '
        'mmpretrain, torchgeo, Hugging Face, or of DINO, MoCo, BYOL or MAE.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'source',
        help='a .pth or .safetensors file; a folder of timm or Hugging Face, '
        'local-dir:FOLDER; or a name that timm fetches',
    )
    parser.add_argument(
        '--arch',
        help='resnet18, 34, 50, 101 or 152, vgg16_bn, convnext_tiny, '
        'swin_tiny or swin_base, vit_small, vit_base or vit_large (default: '
        'the one that the file fits whole)',
    )
    parser.add_argument(
        '--out', required=True, help='file to write, with or without .pth'
    )
    parser.add_argument(
        '--bands',
        type=names,
        help='fit the first convolution to these bands, by name: known ones '
        'are copied, new ones get the mean; NEW=KNOWN renames',
    )
    parser.add_argument(
        '--source-bands',
        type=names,
        help="names of the file's bands (default: the family's; "
        "red,green,blue for 3, Sentinel-2's for 12 and 13)",
    )
    for key, what in (('mean', 'means'), ('std', 'standard deviations')):
        parser.add_argument(
            f'--{key}',
            type=numbers,
            help=f"{what} of the file's bands (default: from the folder, "
            "the family's, or for three bands ImageNet's)",
        )
    parser.add_argument(
        '--units',
        help='of these, such as reflectance (default: bytes, 0 to 255)',
    )
    parser.add_argument(
        '--prefix',
        help='start of the names to take, such as module.encoder_q. '
        '(default: the one below which most lies)',
    )
    parser.add_argument(
        '--family',
        help='published weights whose bands, mean and std to take, such as '
        'ssl4eo-s12, softcon-s2 or rsp, or none (default: found by the name '
        'of the file; docs/zoo.md lists all)',
    )
    parser.add_argument(
        '--args',
        nargs='+',
        type=setting,
        default=[],
        metavar='KEY=VALUE',
        help='arguments of the backbone that differ: img_size, patch_size, '
        'window_size, with_cls_token, ...',
    )
    parser.add_argument(
        '--partial',
        action='store_true',
        help='also write what fits less than whole',
    )
    args = parser.parse_args()

    from yaml import safe_load

    from geokr_mm.files import check_output
    from geokr_mm.interop.starts import import_backbone

    check_output(args.out)
    card, found = import_backbone(
        args.source,
        args.arch,
        args.out,
        bands=args.bands,
        source_bands=args.source_bands,
        mean=args.mean,
        std=args.std,
        units=args.units,
        prefix=args.prefix,
        args={key: safe_load(value) for key, value in args.args},
        partial=args.partial,
        family=args.family,
    )
    for line in found.report():
        print(line)
    for key in ('architecture', 'bands', 'mean', 'std', 'units', 'sha256'):
        print(f'{key:13} {card[key]}')


if __name__ == '__main__':
    run_tool(main)
