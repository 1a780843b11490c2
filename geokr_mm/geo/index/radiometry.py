"""What an index states of its pixels, for the card of a backbone."""

from collections.abc import Sequence
from typing import Any

from .schema import IndexMetadata

STRETCHED = '0 to 255 after the stretch'


def describe_radiometry(
    metadata: IndexMetadata, values: str, bands: Sequence[str]
) -> dict[str, Any]:
    """How numbers in files become what a network sees, before mean and std.

    Args:
        metadata (IndexMetadata): Of the index.
        values (str): ``'physical'`` or ``'stretched'``.
        bands (sequence of str): Bands of the network, in order.

    Returns:
        dict: ``bands`` and ``values``; ``units`` of mean and std;
        ``wavelengths`` in micrometres; ``scale`` and ``offset`` of each
        band, and ``stored_units`` of the numbers before them;
        ``stretch``, None of physical values, else its ``mode``, the ``units``
        before it, and the values ``low`` and ``high`` of each band that
        become 0 and 255. What is not known, or differs from scene to scene,
        is None.
    """
    about = metadata.values or {}
    places = [metadata.bands.index(band) for band in bands]

    def picked(found: Sequence[Any] | None) -> list[Any] | None:
        return None if found is None else [found[place] for place in places]

    waves = picked(about.get('wavelengths')) or []
    card = dict(
        bands=list(bands),
        values=values,
        units=about.get('units'),
        wavelengths=waves if any(waves) else None,
        stored_units=about.get('stored_units'),
        scale=picked(about.get('scale')),
        offset=picked(about.get('offset')),
        stretch=None,
    )
    if values == 'stretched':
        card['units'] = STRETCHED
        card['stretch'] = dict(
            mode=metadata.radiometry.get('mode'),
            units=about.get('units'),
            **_limits(metadata, card['scale'], card['offset'], picked),
        )
    return card


def _limits(
    metadata: IndexMetadata, scale: Any, offset: Any, picked: Any
) -> dict[str, list[float] | None]:
    """Limits of all scenes as values; None where scenes differ."""
    shared = metadata.radiometry.get('all')
    if shared is None or scale is None:
        return dict(low=None, high=None)
    return {
        side: [
            float(number) * s + o
            for number, s, o in zip(
                picked(shared[side]), scale, offset, strict=True
            )
        ]
        for side in ('low', 'high')
    }
