"""The index's file: its columns, and the metadata beside them."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ...errors import InputError
from ..core.addresses import without_token
from ..core.raster import is_remote
from ..maps.legend import Legend

#: Raised when columns or their meaning change.
SCHEMA = 6
METADATA_KEY = b'geokr_mm'


@dataclass(frozen=True)
class IndexMetadata:
    """What holds for all rows of an index.

    Attributes:
        legend (Legend): Classes of all fractions.
        product (str), product_year (int): The map behind them.
        grid (int): Cells along a patch's side in ``grid_fractions``.
        patch_size, stride (int): Pixels.
        bands (tuple[str, ...]): Band names, in order.
        radiometry (dict): ``mode``; in ``all`` the ``low`` and ``high`` of
            every row where all rows share them; else in ``scenes`` those of
            each scene, which an opened index takes from its rows.
        statistics (dict): ``mean`` and ``std`` of each band after the
            stretch, 0..255, over the kept patches.
        filters (dict): Name to parameters.
        inputs_hash (str): SHA-256 over scenes, land cover and options.
        command (str): How it was made.
        version (str): geokr_mm's version.
        maps (tuple of dict): All maps: product, year, gsd (metres) and
            accuracy of each; empty in indexes of layouts 1 and 2.
        choose (str): What was done with them, see :mod:`.map_stack`.
        values (dict | None): Physical values: what
            :func:`.physical.describe_values` gives; ``mean`` and ``std`` of
            each band over the valid pixels of the kept patches; in
            ``stats_from`` the index that these and ``statistics`` are taken
            from, None for this one. None in layouts up to 5.
        schema (int): Version of the file's layout.
    """

    legend: Legend
    product: str
    product_year: int
    grid: int
    patch_size: int
    stride: int
    bands: tuple[str, ...]
    radiometry: dict[str, Any]
    statistics: dict[str, list[float]]
    filters: dict[str, dict[str, float]]
    inputs_hash: str
    command: str
    version: str
    maps: tuple[dict[str, Any], ...] = ()
    choose: str = 'nearest'
    values: dict[str, Any] | None = None
    schema: int = SCHEMA

    @property
    def sources(self) -> str:
        """The maps for a reader: ``'clcd 2000, clcd 2020'``."""
        maps = self.maps or (
            {'product': self.product, 'year': self.product_year},
        )
        return ', '.join(f'{m["product"]} {m["year"]}' for m in maps)

    def band_statistics(
        self, values: str, bands: Sequence[str] | None = None
    ) -> dict[str, list[float]]:
        """``mean`` and ``std`` of bands, as a network sees their pixels.

        Args:
            values (str): ``'physical'``, or ``'stretched'`` to 0 to 255.
            bands (sequence of str): In this order; all by default.

        Raises:
            InputError: The index lacks the statistics or a band.
        """
        found: Mapping[str, Any] = self.statistics
        if values == 'physical':
            if self.values is None:
                raise InputError(
                    'the index has no statistics of physical values, since '
                    f'an earlier version built it (layout {self.schema}); '
                    "build it again, or set values='stretched'"
                )
            found = self.values
        wanted = self.bands if bands is None else tuple(bands)
        missing = [band for band in wanted if band not in self.bands]
        if missing:
            raise InputError(
                f'no band {", ".join(missing)}; the index has '
                f'{", ".join(self.bands)}'
            )
        return {
            key: [float(found[key][self.bands.index(b)]) for b in wanted]
            for key in ('mean', 'std')
        }

    def to_json(self) -> bytes:
        """Compact JSON with sorted keys."""
        # Stretches of scenes stand in the rows.
        stored = {k: v for k, v in self.radiometry.items() if k != 'scenes'}
        plain = asdict(replace(self, radiometry=stored))
        return json.dumps(plain, sort_keys=True).encode()

    @classmethod
    def from_json(cls, text: bytes) -> 'IndexMetadata':
        """The inverse of :meth:`to_json`.

        Raises:
            InputError: If keys are missing or unknown, as in an index that
                another version wrote.
        """
        data = json.loads(text)
        schema = data.get('schema', SCHEMA)
        if schema > SCHEMA:
            raise InputError(
                f'written by a newer geokr_mm (layout {schema}, this one '
                f'reads {SCHEMA}); upgrade'
            )
        expected = {f.name for f in fields(cls)}
        # Earlier layouts lack what has a default here.
        later = {f.name for f in fields(cls) if f.default is not MISSING}
        if not expected - later <= set(data) <= expected:
            raise InputError(
                'an index with other metadata than this version writes '
                f'({", ".join(sorted(set(data) ^ expected))}); build '
                'it again with tools/build_index.py'
            )
        data['legend'] = Legend.from_dict(data['legend'])
        data['bands'] = tuple(data['bands'])
        data['maps'] = tuple(data.get('maps', ()))
        return cls(**data)


def store_path(file: str, folder: str | None) -> str:
    """A scene's path as an index in ``folder`` stores it.

    Relative with forward slashes, so that index and scenes can move
    together; absolute where they share no folder or there is none. URLs
    lose what signs them, which is secret and expires.
    """
    if is_remote(file):
        return without_token(file)
    target = Path(file).resolve()
    if folder is None:
        return target.as_posix()
    base = Path(folder).resolve()
    if target.parts[:2] != base.parts[:2]:
        return target.as_posix()
    return Path(os.path.relpath(target, base)).as_posix()


def schema() -> Any:
    """Columns of an index, a pyarrow schema."""
    import pyarrow as pa

    def many(kind: Any) -> Any:
        return pa.list_(pa.field('element', kind))

    text, whole, real = pa.string(), pa.int32(), pa.float64()
    share = pa.float32()
    return pa.schema(
        [
            ('patch_id', text),
            ('scene', text),
            ('files', many(text)),
            ('band_files', many(pa.int16())),
            ('band_numbers', many(pa.int16())),
            ('col_off', whole),
            ('row_off', whole),
            ('width', whole),
            ('height', whole),
            ('bands', many(text)),
            ('low', many(real)),
            ('high', many(real)),
            ('scale', many(real)),
            ('offset', many(real)),
            ('alphas', many(pa.int16())),
            ('scene_grid', many(real)),
            ('resampling', text),
            ('date', text),
            ('gsd', real),
            ('crs', text),
            ('geometry', pa.binary()),
            ('lon', real),
            ('lat', real),
            ('product', text),
            ('product_year', whole),
            ('fractions', many(share)),
            ('grid_fractions', many(share)),
            ('grid_valid', many(share)),
            ('valid_fraction', share),
            ('sea_fraction', share),
            ('nodata_fraction', share),
            ('confidence', share),
            ('grid_confidence', many(share)),
            ('soft_fractions', many(share)),
            ('grid_soft_fractions', many(share)),
            ('disagreement', share),
            ('change', share),
            ('before_year', whole),
            ('before_fractions', many(share)),
            ('after_year', whole),
            ('after_fractions', many(share)),
            ('image_nodata', share),
            ('dark', share),
            ('bright', share),
            ('contrast', share),
            ('cloud_fraction', share),
            ('shadow_fraction', share),
            ('crc32', many(pa.uint32())),
            ('verdicts', many(text)),
            ('keep', pa.bool_()),
        ]
    )


def make_table(columns: dict[str, Any]) -> Any:
    """Rows as a pyarrow table, from values by column.

    ``geometry`` holds shapely polygons in EPSG:4326.
    """
    import pyarrow as pa
    import shapely

    values = {**columns, 'geometry': shapely.to_wkb(columns['geometry'])}
    return pa.table(
        [pa.array(values[f.name], type=f.type) for f in schema()],
        schema=schema(),
    )
