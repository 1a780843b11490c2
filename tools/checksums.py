"""List the checksums of scenes, to see later whether a file has changed."""

import argparse

from geokr_mm.errors import run_tool

EXAMPLE = """example:
  python tools/checksums.py data/scenes --out data/scenes.sha256
  python tools/build_index.py --scenes data/scenes \\
      --checksums data/scenes.sha256 --max-bad-fraction 0.01 ...
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        'scenes',
        nargs='+',
        metavar='PATH',
        help='images: files, folders, globs or .txt lists',
    )
    parser.add_argument(
        '--kind',
        choices=('sha256', 'sha1', 'md5', 'crc32'),
        default='sha256',
        help='of checksum (default: sha256)',
    )
    parser.add_argument(
        '--out', required=True, metavar='FILE', help='list to write'
    )
    args = parser.parse_args()

    from geokr_mm.geo.discovery.search import list_scene_files
    from geokr_mm.geo.scenes.checksums import write_checksums

    files = list_scene_files(args.scenes)
    print(f'{args.out}: {write_checksums(files, args.out, args.kind)} files')


if __name__ == '__main__':
    run_tool(main)
