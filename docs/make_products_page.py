"""Makes docs/products.md from the product files.

Run ``python docs/make_products_page.py docs/products.md`` after a change.
"""

import sys
from pathlib import Path

from geokr_mm.geo.maps.legend import LandClass, common_legend
from geokr_mm.geo.maps.product import Product, load_product, shorten_years
from geokr_mm.geo.maps.product import list_products as names_of_products

INTRODUCTION = """# Land-cover products

Made from the files in `geokr_mm/geo/products` by
`python docs/make_products_page.py docs/products.md`; do not edit.

A *product* is a published land-cover map. `tools/build_index.py --product
NAME` takes a name from this page, or the path of your own file written like
those in the folder above. Fractions come in the common legend by default, or
in the product's own classes with `--legend native`.

## A file of your own

```yaml
name: my_map              # default: the file's name
title: My map
years: [2019]             # one year needs no --year; without, any will do
gsd: 5
nodata: [0]               # codes that mean "not mapped"
sea: [255]                # codes that mean open sea
# One code for sea and lakes? Water in one body larger than this is sea:
# sea_from: {code: 6, larger_than_km2: 150000}
# ...and where the open sea is left blank, water beside a large blank too:
# sea_from: {code: 6, larger_than_km2: 60000, beside_nodata_km2: 100}
# Published overall accuracy, one number or one a year (used to combine maps):
# overall_accuracy: {2015: 0.80, 2019: 0.82}
# The year in your file names; where it fits some files of a folder, only
# those are taken:
# tiles: 'my_map_(?P<year>\\d{4})'
# Names of files that come with the map but are not it:
# other_layers: '_quality|_probability'
# Files of several bands: which year each is, or the name of the one that
# holds the codes. (Bands that are named by their years need neither.)
# bands: {2019: 1, 2020: 2}
# bands: [{files: '_old', years: {1990: 1}}, {files: '_new', years: {2019: 3}}]
# band: landcover
classes:
- {code: 1, name: wood, color: [0, 99, 0], common: forest}
# Several codes may fold into one class; their areas add up.
- {code: 2, codes: [2, 21, 22], name: field, color: [249, 160, 255],
   common: cultivated}
```

Each key is checked: what is unknown or of another kind is refused in a line
that names it. Codes are whole numbers, without quotes; maps may store them as
floating-point numbers (then NaN is nodata). The file is UTF-8.

Files may hold the percentage (0-100) of one class each instead of codes: give
every class a `layer`, and `tiles` the group `(?P<layer>...)` that finds it in
the file name, as in `cgls_lc100_fractions.yaml`.
"""


def products_page() -> str:
    """The whole page as Markdown."""
    names = names_of_products()
    lines = [INTRODUCTION, '## Common legend', '']
    lines += _class_table(
        common_legend().classes, [str(c.code) for c in common_legend().classes]
    )
    lines += ['', '## Overview', '']
    lines += ['| name | product | years | resolution | classes | licence |']
    lines += ['|---|---|---|---|---|---|']
    products = [load_product(name) for name in names]
    lines += [_overview(product) for product in products]
    for product in products:
        lines += ['', *_section(product)]
    return '\n'.join(lines) + '\n'


def _overview(product: Product) -> str:
    about = product.about
    return (
        f'| [`{product.name}`](#{product.name}) | {about["title"]} | '
        f'{shorten_years(product.years)} | {about["gsd"]} m | '
        f'{len(product.classes)} | {about["licence"]} |'
    )


def _section(product: Product) -> list[str]:
    about = product.about
    lines = [f'## {product.name}', '', f'{about["title"]}.', '']
    for key in ('source', 'licence', 'citation', 'crs', 'accuracy'):
        if key in about:
            lines.append(f'* {key}: {about[key]}')
    if product.nodata:
        lines.append(f'* nodata: {_codes(product.nodata)}')
    if product.sea:
        lines.append(f'* sea: {_codes(product.sea)}')
    if product.sea_rule:
        rule = product.sea_rule
        lines.append(
            f'* sea: code {rule.code} in one body larger than '
            f'{rule.larger_than_km2:,.0f} km2'
            + (
                ''
                if rule.beside_nodata_km2 is None
                else ', or beside a blank larger than '
                f'{rule.beside_nodata_km2:,.0f} km2'
            )
        )
    if product.layers:
        lines.append(
            '* files: one for each class, named with its layer; they hold '
            'the percentage of the class in each cell'
        )
    lines += _file_lines(product)
    if 'checked' in about:
        lines.append(
            f'* legend checked against: {"; ".join(about["checked"])}'
        )
    codes = list(product.layers) or [
        _codes(c for c, n in product.codes.items() if n == number)
        for number in range(len(product.classes))
    ]
    lines.append('')
    return lines + _class_table(
        product.classes,
        codes,
        product.common or None,
        'layer' if product.layers else 'code',
    )


def _file_lines(product: Product) -> list[str]:
    """Which files and bands hold which year."""
    lines = []
    for files, years in product.bands:
        numbers = [*years.values()]
        if numbers == [*range(numbers[0], numbers[-1] + 1)]:
            shown = f'{numbers[0]}-{numbers[-1]}'
        else:
            shown = ', '.join(map(str, numbers))
        lines.append(
            f'* files named `{files}`: bands {shown} are the years '
            f'{shorten_years([*years])}'
        )
    if 'band' in product.about:
        lines.append(
            '* of a file with several bands, the one named '
            f'`{product.about["band"]}`'
        )
    if product.other_layers:
        lines.append(f'* other layers, left out: `{product.other_layers}`')
    return lines


def _codes(codes: object) -> str:
    """Codes in order, runs written as ranges."""
    parts: list[list[int]] = []
    for code in sorted(codes):  # type: ignore[call-overload]
        if parts and code == parts[-1][-1] + 1:
            parts[-1].append(code)
        else:
            parts.append([code])
    return ', '.join(
        f'{p[0]}-{p[-1]}' if len(p) > 2 else ', '.join(map(str, p))
        for p in parts
    )


def _class_table(
    classes: tuple[LandClass, ...],
    codes: list[str],
    common: tuple[str, ...] | None = None,
    first: str = 'code',
) -> list[str]:
    lines = [f'| {first} | class | colour |' + (' common |' if common else '')]
    lines += ['|---|---|---|' + ('---|' if common else '')]
    for number, entry in enumerate(classes):
        color = '#{:02x}{:02x}{:02x}'.format(*entry.color)
        swatch = f'<span style="background:{color}">&emsp;</span> `{color}`'
        row = f'| {codes[number]} | {entry.name} | {swatch} |'
        lines.append(row + (f' {common[number]} |' if common else ''))
    return lines


if __name__ == '__main__':
    Path(sys.argv[1]).write_text(products_page())
