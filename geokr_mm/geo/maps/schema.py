"""What a product file may hold; see docs/products.md."""

import re
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from .legend import common_legend

#: Names of the alternatives of a value, in places of errors.
NUMBER, BY_YEAR, ALL_FILES, SOME_FILES = (
    '(number)', '(by year)', '(all files)', '(some files)',
)  # fmt: skip


def _pattern(*groups: str) -> AfterValidator:
    """A check that text is a regular expression with named groups."""

    def check(text: str) -> str:
        try:
            pattern = re.compile(text)
        except re.error as error:
            raise ValueError(
                f'is no regular expression ({error}); mend it'
            ) from None
        for group in groups:
            if group not in pattern.groupindex:
                raise ValueError(
                    f'lacks the group (?P<{group}>...) that finds the {group} '
                    'in file names'
                )
        return text

    return AfterValidator(check)


def _common(name: str) -> str:
    names = common_legend().names
    if name not in names:
        raise ValueError(
            f'is no common class; they are {", ".join(sorted(names))}'
        )
    return name


Text = Annotated[str, Field(min_length=1)]
# The range of codes that 32 bits hold.
Code = Annotated[int, Field(ge=-(2**31), lt=2**32)]
Level = Annotated[int, Field(ge=0, le=255)]
Year = Annotated[int, Field(ge=1000, le=9999)]
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
BandsOfYears = Annotated[
    dict[Year, Annotated[int, Field(ge=1)]], Field(min_length=1)
]


class Entries(BaseModel):
    """Keys with values: none is converted, and no other key is accepted."""

    model_config = ConfigDict(extra='forbid', strict=True)


class ClassEntry(Entries):
    """One class: its raster codes, name, colour and common class."""

    code: Code
    codes: Annotated[list[Code], Field(min_length=1)] | None = None
    name: Text
    color: Annotated[list[Level], Field(min_length=3, max_length=3)]
    common: Annotated[str, AfterValidator(_common)] | None = None
    layer: Text | None = None

    @property
    def raster_codes(self) -> list[int]:
        """All codes of the class."""
        return [self.code] if self.codes is None else self.codes


class SeaEntry(Entries):
    """Which water is sea, see :class:`.product.SeaRule`."""

    code: Code
    larger_than_km2: Positive
    beside_nodata_km2: Positive | None = None


class FileBands(Entries):
    """Which year each band is, in files whose name has a pattern."""

    files: Annotated[Text, _pattern()]
    years: BandsOfYears


# One number, or one a year.
Accuracy = Annotated[
    Annotated[Share, Tag(NUMBER)]
    | Annotated[dict[Year, Share], Field(min_length=1), Tag(BY_YEAR)],
    Discriminator(lambda v: BY_YEAR if isinstance(v, dict) else NUMBER),
]
# Bands of years in all files, or in files of several kinds.
Bands = Annotated[
    Annotated[BandsOfYears, Tag(ALL_FILES)]
    | Annotated[list[FileBands], Field(min_length=1), Tag(SOME_FILES)],
    Discriminator(lambda v: SOME_FILES if isinstance(v, list) else ALL_FILES),
]


class ProductFile(Entries):
    """A product file."""

    name: Text | None = None
    title: Text | None = None
    years: Annotated[list[Year], Field(min_length=1)] | None = None
    gsd: Positive | None = None
    crs: Text | None = None
    source: Text | None = None
    licence: Text | None = None
    citation: Text | None = None
    accuracy: Text | None = None
    overall_accuracy: Accuracy | None = None
    tiles: Annotated[Text, _pattern('year')] | None = None
    other_layers: Annotated[Text, _pattern()] | None = None
    band: Text | None = None
    bands: Bands | None = None
    double_width_from: Annotated[float, Field(ge=0, le=90)] | None = None
    checked: list[Text] | None = None
    nodata: list[Code] = []
    sea: list[Code] = []
    sea_from: SeaEntry | None = None
    classes: Annotated[list[ClassEntry], Field(min_length=1)]

    @property
    def file_bands(self) -> list[FileBands]:
        """``bands`` in its longer form."""
        if isinstance(self.bands, dict):
            return [FileBands(files='.', years=self.bands)]
        return self.bands or []

    @model_validator(mode='after')
    def _check_codes(self) -> 'ProductFile':
        owner = dict.fromkeys(self.nodata, 'nodata')
        given = [(self.sea, 'sea')]
        given += [(c.raster_codes, f'class {c.name!r}') for c in self.classes]
        for codes, name in given:
            for code in codes:
                if code in owner:
                    raise ValueError(
                        f'code {code} is given twice: {owner[code]} and {name}'
                    )
                owner[code] = name
        names = [entry.name for entry in self.classes]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(
                    f'two classes are named {name!r}; one class may have '
                    'several codes: codes: [1, 2]'
                )
        rule = self.sea_from
        if rule and not owner.get(rule.code, '').startswith('class'):
            raise ValueError(
                f'sea_from: code {rule.code} is no code of a class; give '
                'that of water'
            )
        return self

    @model_validator(mode='after')
    def _check_common(self) -> 'ProductFile':
        lacking = [c.name for c in self.classes if c.common is None]
        if lacking and len(lacking) < len(self.classes):
            raise ValueError(
                f'class {lacking[0]!r} lacks `common`; give every class its '
                'common class, or none where the map shows no land cover'
            )
        return self

    @model_validator(mode='after')
    def _check_layers(self) -> 'ProductFile':
        layers = [c.layer for c in self.classes if c.layer is not None]
        if not layers:
            return self
        if len(set(layers)) < len(self.classes):
            raise ValueError(
                'classes with `layer` hold percentages in one file each; '
                'give every class a layer of its own'
            )
        if '(?P<layer>' not in (self.tiles or ''):
            raise ValueError(
                '`tiles` needs the group (?P<layer>...) that finds the layer '
                'in file names'
            )
        return self

    @model_validator(mode='after')
    def _check_bands(self) -> 'ProductFile':
        for entry in self.file_bands:
            numbers = list(entry.years.values())
            if len(set(numbers)) < len(numbers):
                raise ValueError(
                    f'bands: {entry.years} gives one band to two years'
                )
            unknown = sorted(set(entry.years) - set(self.years or entry.years))
            if unknown:
                raise ValueError(
                    f'bands: year {unknown[0]} is not in years: {self.years}'
                )
        return self


def known_keys(place: tuple[Any, ...]) -> list[str]:
    """Keys that are accepted at a place of the file."""
    models: dict[Any, type[Entries]] = {
        'classes': ClassEntry,
        'sea_from': SeaEntry,
        'bands': FileBands,
    }
    model = models.get(place[0], ProductFile) if place else ProductFile
    return list(model.model_fields)
