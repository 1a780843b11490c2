"""Names of the bands that a file of another library takes."""

from collections.abc import Sequence

from ..errors import InputError
from ..geo.scenes.sensors import SENTINEL2, SENTINEL2_COMMON

RGB = ('red', 'green', 'blue')
# By number of bands, as torchgeo and SSL4EO order them; without B10 they are
# of level 2A.
GUESSES = {
    3: RGB,
    12: tuple(band for band in SENTINEL2 if band != 'B10'),
    13: SENTINEL2,
}
SHORT = {'r': 'red', 'g': 'green', 'b': 'blue'}


def name_bands(
    count: int, given: Sequence[str] | None, notes: list[str]
) -> list[str] | None:
    """Name the bands of a file.

    Args:
        count (int): Bands that its first convolution takes.
        given (Sequence[str], optional): Names by the user.
        notes (list[str]): Gets what is guessed.

    Returns:
        list[str], optional: None if the names are not known.

    Raises:
        InputError: If there are more or fewer names than bands.
    """
    if given is not None:
        if len(given) != count:
            raise InputError(
                f'takes {count} bands, and --source-bands names {len(given)}'
            )
        return list(given)
    if count not in GUESSES:
        notes.append(
            f'names of the {count} bands are not known; give --source-bands'
        )
        return None
    names = list(GUESSES[count])
    notes.append(f'guessed: bands of the file are {",".join(names)}')
    return names


def match_bands(
    wanted: Sequence[str], known: Sequence[str] | None, notes: list[str]
) -> list[str]:
    """Find the band of a file for each band wanted.

    Red, green and blue are found under their common names and those of
    Sentinel-2, B04, B03 and B02. Names with one digit (``B4``) are not the
    same with all sensors and must be given as ``B4=red`` where the file
    names colours.

    Args:
        wanted (Sequence[str]): Names, or ``NEW=KNOWN``.
        known (Sequence[str], optional): Bands of the file.
        notes (list[str]): Gets what is guessed.

    Returns:
        list[str]: For :func:`geokr_mm.export.adapt_bands`.

    Raises:
        InputError: If the file's bands have no names, or one wanted may be
            either of several.
    """
    if known is None:
        raise InputError(
            'names of its bands are not known, so none can be chosen by '
            'name; give --source-bands'
        )
    colours = {band: name for name, band in SENTINEL2_COMMON.items()}
    settled = set(known) <= {entry.partition('=')[2] for entry in wanted}
    entries = []
    for entry in wanted:
        if '=' in entry or entry in known:
            entries.append(entry)
            continue
        name = SHORT.get(entry.lower(), entry.lower())
        code = name.upper()
        match = None
        if name in known:
            match = name
        elif colours.get(code) in known:
            match = colours[code]
        elif SENTINEL2_COMMON.get(name) in known:
            match = SENTINEL2_COMMON[name]
        elif f'B0{code[1:]}' in known:
            match = f'B0{code[1:]}'
        elif code in ('B1', 'B2', 'B3', 'B4') and not settled:
            raise InputError(
                f'{entry} is another colour with Landsat 7 than with '
                f'Landsat 8; write {entry}=red or the like, or B0N for bands '
                'of Sentinel-2'
            )
        entries.append(entry if match is None else f'{entry}={match}')
        notes.append(
            f'{entry} takes the mean of the filters'
            if match is None
            else f'guessed: {entry} is {match}'
        )
    return entries
