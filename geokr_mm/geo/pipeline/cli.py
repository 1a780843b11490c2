"""Command line of tools/build_index.py."""

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

#: Options that leave no trace in the index, and whether a value follows.
UNSTORED = {
    '--out': True,
    '--workers': True,
    '--scheduler': True,
    '--max-bad-fraction': True,
    '--checksums': True,
    '--resume': False,
    '--quiet': False,
}

# Values of one option that an index stores.
MOST_VALUES = 100

EXAMPLE = """example:
  python tools/build_index.py --scenes 'zion/landsat_b?.tif' \\
      --product nlcd --year 2011 --land-cover zion/nlcd2011.tif \\
      --patch-size 64 --out zion.parquet"""


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    made = argparse.ArgumentParser(
        prog='build_index.py',
        description='Cut scenes into patches and store what a land-cover '
        'product knows about each: the knowledge index.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = made.add_argument
    add(
        '--scenes',
        nargs='+',
        required=True,
        metavar='PATH',
        help='images: files, folders, globs, .txt lists, .csv tables (path, '
        'scene, bands, date, gsd, scale, offset, mask), STAC .json files; '
        'each may be a URL',
    )
    add(
        '--product',
        default='',
        help='land-cover product: a name of docs/products.md or a .yaml file',
    )
    add(
        '--land-cover',
        nargs='+',
        default=(),
        metavar='PATH',
        help='its files, or folders of them; of several bands FILE#BAND '
        'names one, by number or name',
    )
    add(
        '--map',
        nargs='+',
        action='append',
        default=[],
        metavar=('PRODUCT[@YEAR]=PATH', 'PATH'),
        help='instead of --product, repeated: several products, or years of '
        'one (told by file names where no year is given)',
    )
    add(
        '--choose',
        default='nearest',
        metavar='RULE',
        help='with --map: nearest (the map that fits each scene in date, '
        'resolution and coverage, default) or combine (that one and a soft '
        'label of all)',
    )
    add(
        '--patch-size',
        type=int,
        required=True,
        metavar='N',
        help='pixels along a patch',
    )
    add('--out', required=True, metavar='FILE', help='index to write')
    add(
        '--stride',
        type=int,
        metavar='N',
        help='pixels from patch to patch (default: the patch size)',
    )
    add(
        '--grid',
        type=int,
        default=1,
        metavar='G',
        help='also store fractions of G x G cells (default: 1)',
    )
    add(
        '--legend',
        default='common',
        metavar='NAME',
        help="common (ten classes, default) or native (the product's own)",
    )
    add(
        '--year',
        type=int,
        help='year of the map (default: from its file names)',
    )
    add(
        '--bands',
        metavar='A,B,...',
        help='bands to keep, in this order (default: all)',
    )
    add(
        '--band-names',
        metavar='A,B,...',
        help='names for the bands of multi-band files that carry none',
    )
    add(
        '--group-files',
        metavar='REGEX',
        help='scenes spread over files: a pattern with groups scene and '
        'band (default: as the agencies name them, e.g. x_B04_10m.jp2)',
    )
    add(
        '--date',
        metavar='YYYY-MM-DD',
        help='date of all scenes (default: from names or tags)',
    )
    add(
        '--stretch',
        default='scene',
        metavar='MODE',
        help='scene (1-99 %% of each scene, default), sensor (of each band '
        'over all scenes) or none',
    )
    add(
        '--resample',
        metavar='HOW',
        help='bring coarser files of a scene to the finest wanted grid: '
        'nearest, bilinear, cubic or average (default: refuse them)',
    )
    add(
        '--mask',
        metavar='NAME|GLOB',
        help='quality layer of clouds: its name (SCL, QA_PIXEL, Fmask, CLM, '
        'or a band) or files, one for each scene, told by date and place',
    )
    add(
        '--cloud-codes',
        metavar='N,N,...',
        help='its values that mean cloud (default: by its name)',
    )
    add(
        '--shadow-codes',
        metavar='N,N,...',
        help='its values that mean cloud shadow (default: by its name)',
    )
    add(
        '--max-cloud',
        type=float,
        metavar='SHARE',
        help='largest share of a patch that it may call cloud, and that it '
        'may call shadow (default: 0.2)',
    )
    add(
        '--scale',
        type=float,
        metavar='X',
        help='value = number * scale + offset, for all scenes (default: as '
        'their files, tables or catalogues state)',
    )
    add(
        '--offset',
        type=float,
        metavar='X',
        help='likewise, e.g. -1000 for counts of Sentinel-2 since baseline '
        '04.00',
    )
    add(
        '--no-scaling',
        action='store_true',
        help='use stored numbers as they are, whatever scale and offset '
        'files state',
    )
    add(
        '--filters',
        metavar='A,B,...',
        help='filters to use: nodata, dark, low_contrast, cloud, shadow, sea, '
        'uncovered (default: all)',
    )
    add(
        '--no-filter',
        action='append',
        default=[],
        metavar='NAME',
        help='a filter to leave out; may be repeated',
    )
    add(
        '--min-valid',
        type=float,
        metavar='SHARE',
        help='least share of a patch with known land cover (default: 0.3)',
    )
    add(
        '--plain-coverage',
        action='store_true',
        help='weigh cells of geographic products alike, not by true area',
    )
    add_crew_arguments(made)
    add(
        '--max-bad-fraction',
        type=float,
        default=0.0,
        metavar='SHARE',
        help='share of scene files that may be unusable; they are listed in '
        'OUT.quarantine.csv (default: 0, stop at the first)',
    )
    add(
        '--checksums',
        metavar='FILE',
        help='list of tools/checksums.py, sha256sum or md5sum that every '
        'scene file is compared with first (default: none)',
    )
    add('--quiet', action='store_true', help='no progress, no summary')
    return made


def add_crew_arguments(parser: argparse.ArgumentParser) -> None:
    """What all commands share that can have several workers.

    Args:
        parser (ArgumentParser): Gets the arguments.
    """
    add = parser.add_argument
    add(
        '--workers',
        type=int,
        default=1,
        metavar='N',
        help='processes on this machine (default: 1)',
    )
    add(
        '--scheduler',
        metavar='ADDRESS',
        help='workers of an existing Dask cluster instead, e.g. '
        'tcp://HOST:8786; it must see the same paths',
    )
    add(
        '--resume',
        action='store_true',
        help='go on with an interrupted run of the same inputs',
    )


def _split(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(t.strip() for t in text.split(',') if t.strip())


def _values(text: str | None, option: str) -> tuple[int, ...] | None:
    """Whole numbers of a comma list."""
    from ...errors import InputError

    if text is None:
        return None
    try:
        return tuple(int(part) for part in text.split(',') if part.strip())
    except ValueError:
        raise InputError(
            f'{option} {text!r}: give whole numbers with commas between, '
            'e.g. 8,9,10'
        ) from None


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and build the index."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    args = parser().parse_args(given)
    from ..maps.files import parse_map
    from .build import BuildOptions, build_index

    options = BuildOptions(
        scenes=tuple(args.scenes),
        product=args.product,
        land_cover=tuple(args.land_cover),
        patch_size=args.patch_size,
        out=args.out,
        stride=args.stride,
        grid=args.grid,
        legend=args.legend,
        year=args.year,
        bands=_split(args.bands),
        band_names=_split(args.band_names),
        group_files=args.group_files,
        date=args.date,
        stretch=args.stretch,
        filters=_split(args.filters),
        without=tuple(args.no_filter),
        min_valid=args.min_valid,
        spherical=not args.plain_coverage,
        checksums=args.checksums,
        maps=tuple(parse_map(words) for words in args.map),
        choose=args.choose,
        resample=args.resample,
        mask=args.mask,
        cloud_codes=_values(args.cloud_codes, '--cloud-codes'),
        shadow_codes=_values(args.shadow_codes, '--shadow-codes'),
        max_cloud=args.max_cloud,
        scale=args.scale,
        offset=args.offset,
        use_scaling=not args.no_scaling,
    )
    command = shlex.join(['build_index.py', *_stored(given)])
    summary = build_index(
        options,
        command,
        args.quiet,
        args.workers,
        args.resume,
        args.max_bad_fraction,
        args.scheduler,
    )
    if not args.quiet:
        print(summary)


def _stored(given: Sequence[str]) -> list[str]:
    """Arguments worth storing: what the content depends on.

    Where the index goes and how it is made leave no trace, so that the same
    inputs give the same bytes; absolute paths are cut to their last part,
    and URLs lose what signs them.
    """
    from ..core.addresses import printable, without_token

    kept: list[str] = []
    skip = False
    for argument in given:
        if skip:
            skip = False
            continue
        argument = printable(without_token(argument))
        name = argument.split('=')[0]
        if name in UNSTORED:
            skip = '=' not in argument and UNSTORED[name]
            continue
        # A path may stand behind --map's PRODUCT=.
        before, sign, last = argument.rpartition('=')
        path = Path(last)
        kept.append(
            before + sign + (path.name if path.is_absolute() else last)
        )
    return _bounded(kept)


def _bounded(arguments: Sequence[str]) -> list[str]:
    """Arguments, of a million paths that a shell made of a ``*`` a few."""
    kept: list[str] = []
    values = 0
    for argument in arguments:
        values = 0 if argument.startswith('--') else values + 1
        if values <= MOST_VALUES:
            kept.append(argument)
        elif values == MOST_VALUES + 1:
            kept.append('...')
    return kept
