#!/usr/bin/env python
"""Write measured tables and figures of the pages from the CSV files here."""

import argparse
import csv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def read(name: str) -> list[dict[str, str]]:
    """Rows of a CSV file beside this script."""
    with (ROOT / 'benchmarks' / name).open(newline='') as src:
        return list(csv.DictReader(src))


def noise_table(rows: list[dict[str, str]], patch: str) -> list[str]:
    """Sources down, pixel sizes across, for one patch size."""
    mine = [row for row in rows if row['patch'] == patch]
    gsds = sorted({int(row['gsd']) for row in mine})
    names = list(dict.fromkeys(row['source'] for row in mine))
    lines = [
        '| source | ' + ' | '.join(f'{g} m' for g in gsds) + ' | mean |',
        '|---|' + '---|' * (len(gsds) + 1),
    ]
    for name in names:
        values = [
            float(row['tv_mean'])
            for gsd in gsds
            for row in mine
            if row['source'] == name and int(row['gsd']) == gsd
        ]
        cells = [f'{v:.3f}' for v in (*values, sum(values) / len(values))]
        lines.append(f'| {name} | ' + ' | '.join(cells) + ' |')
    return lines


def colour_table(rows: list[dict[str, str]]) -> list[str]:
    """One row per task and seed."""
    lines = [
        '| task | measure | mean colour | network | share | pictures: '
        'learned from, tested, passes |',
        '|---|---|---|---|---|---|',
    ]
    for row in rows:
        share = max(float(row['ratio']), 0)
        lines.append(
            f'| {row["task"]} | {row["measure"]} | {row["mean_colour"]} | '
            f'{row["network"]} | {share:.0%} | {row["train"]}, '
            f'{row["test"]}, {row["passes"]} |'
        )
    return lines


def stream_table(rows: list[dict[str, str]]) -> list[str]:
    """Rates measured, and what sixteen processes would give."""
    lines = [
        '| crops of each rendered patch | processes | patches/s | '
        'patches/s of 16 such processes |',
        '|---|---|---|---|',
    ]
    for row in rows:
        rate, processes = float(row['patches_per_second']), row['processes']
        lines.append(
            f'| {row["reuse"]} | {processes} | {rate:.0f} | '
            f'{rate / int(processes) * 16:.0f} |'
        )
    return lines


def speed_table(rows: list[dict[str, str]]) -> list[str]:
    """One row per layout and number of footprints, methods across."""
    methods = list(dict.fromkeys(row['method'] for row in rows))
    lines = [
        '| product, footprints | ' + ' | '.join(methods) + ' | difference |',
        '|---|' + '---|' * (len(methods) + 1),
    ]
    groups: dict[str, dict[str, dict[str, str]]] = {}
    for row in rows:
        name = f'{row["layout"]}, {int(row["footprints"]):,}'
        groups.setdefault(name, {})[row['method']] = row
    for name, mine in groups.items():
        own = float(mine[methods[0]]['footprints_per_second'])
        cells = [f'**{own:,.0f}**']
        for method in methods[1:]:
            rate = float(mine[method]['footprints_per_second'])
            cells.append(f'{rate:,.0f} ({own / rate:.1f}x)')
        error = float(mine[methods[0]]['max_error'])
        lines.append(f'| {name} | ' + ' | '.join(cells) + f' | {error:.0e} |')
    return lines


def speed_figure(
    rows: list[dict[str, str]], footprints: str, path: Path
) -> list[str]:
    """Draw the rates of the largest run as bars; the image with its text."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    mine = [row for row in rows if row['footprints'] == footprints]
    layouts = list(dict.fromkeys(row['layout'] for row in mine))
    with rc_context({'svg.hashsalt': 'geokr_mm', 'svg.fonttype': 'none'}):
        figure = Figure(figsize=(6.4, 3.2), layout='constrained')
        axes = figure.subplots(1, len(layouts), sharex=True, sharey=True)
        for axis, layout in zip(axes, layouts, strict=True):
            bars = [row for row in mine if row['layout'] == layout]
            drawn = axis.barh(
                [row['method'] for row in bars],
                [float(row['footprints_per_second']) for row in bars],
                color=['#d55e00', *['#999999'] * (len(bars) - 1)],
            )
            axis.bar_label(drawn, fmt='{:,.0f}', padding=2)
            axis.set(title=layout, xscale='log', xlim=(100, 200_000))
            axis.spines[['right', 'top']].set_visible(False)
        axes[0].invert_yaxis()
        figure.supxlabel('footprints per second on one core (log scale)')
        figure.savefig(path, metadata={'Date': None})
    words = '; '.join(
        f'{row["layout"]}, {row["method"]}: '
        f'{float(row["footprints_per_second"]):,.0f}'
        for row in mine
    )
    shown = path.relative_to(ROOT).as_posix()
    return [f'![Footprints per second. {words}]({shown})']


def scale_table(rows: list[dict[str, str]]) -> list[str]:
    """The million-footprint run, and projections from it."""
    (row,) = rows
    rate = float(row['footprints_per_second'])
    return [
        '| | |',
        '|---|---|',
        f'| footprints, tiles | {int(row["footprints"]):,}, {row["tiles"]} |',
        f'| one worker | {float(row["seconds_1_worker"]):.0f} s, '
        f'{float(row["peak_gib_1_worker"]):.2f} GiB |',
        f'| two workers | {float(row["seconds_2_workers"]):.0f} s, '
        f'{float(row["peak_gib"]):.2f} GiB |',
        f'| two over one, from a cold start | '
        f'{float(row["ratio_2_over_1"]):.2f}x |',
        f'| on a Dask cluster of one worker, of two | '
        f'{float(row["seconds_cluster_of_1"]):.0f} s, '
        f'{float(row["seconds_cluster_of_2"]):.0f} s: '
        f'{float(row["ratio_cluster_2_over_1"]):.2f}x |',
        f'| footprints a second, two workers | {rate:,.0f} |',
        f'| written | {float(row["mib_written"]):.0f} MiB |',
        f'| Levir-KR, 1,431,950 (projected) | '
        f'{float(row["levir_kr_seconds"]):.0f} s |',
        f'| a billion (projected) | {float(row["billion_hours"]):.0f} h '
        'of two cores |',
    ]


def scenes_table(rows: list[dict[str, str]]) -> list[str]:
    """The index over very many tiny scenes."""
    (row,) = rows
    return [
        '| | |',
        '|---|---|',
        f'| scenes, patches | {int(row["scenes"]):,}, {int(row["rows"]):,} |',
        f'| largest memory of the master process | '
        f'{float(row["master_gib"]):.2f} GiB |',
        f'| largest memory of a worker, of {row["workers"]} | '
        f'{float(row["largest_worker_gib"]):.2f} GiB |',
        f'| index | {float(row["file_mib"]):.0f} MiB |',
        f'| footer | {int(row["footer_bytes"]) / 1024:.0f} KiB |',
        f'| opened in | {float(row["open_seconds"]):.1f} s |',
    ]


def reading_table(rows: list[dict[str, str]]) -> list[str]:
    """Rates of reading, and how they compare."""
    (row,) = rows
    lines = ['| | patches/s | |', '|---|---|---|']
    for words, name, *against in (
        ('torchgeo, `RasterDataset` with `RandomGeoSampler`', 'torchgeo'),
        ('rasterio alone: blocks of an open file', 'bare'),
        ('`GeoKRDataset` from that file', 'samples', 'bare', 'torchgeo'),
        ('simplejpeg alone: JPEG in memory', 'decoder'),
        ('pixels of packed JPEG', 'packed', 'decoder', 'torchgeo'),
        ('`GeoKRDataset`, packed', 'packed_samples', 'decoder', 'torchgeo'),
        ('four bands of 16 bits: a GeoTIFF for each', 'crops16'),
        ('pixels of the same, packed', 'packed16', 'crops16'),
    ):
        rate = float(row[f'{name}_rate'])
        ratios = [
            f'{rate / float(row[f"{other}_rate"]):.2g}x '
            + {
                'bare': 'rasterio',
                'decoder': 'simplejpeg',
                'crops16': 'GeoTIFF',
            }.get(other, other)
            for other in against
        ]
        lines.append(f'| {words} | {rate:,.0f} | {", ".join(ratios)} |')
    return lines


def step_table(rows: list[dict[str, str]]) -> list[str]:
    """Ratios of training steps."""
    (row,) = rows
    lines = ['| | ratio |', '|---|---|']
    for words, name in (
        ('step with the teacher over step without', 'teacher_over_student'),
        ('moving a ResNet-50 over a bare lerp', 'average_over_lerp'),
        (
            'patches/s of a GeoKR step over a plain loop of the student alone',
            'over_plain',
        ),
        ('to the network, patches of 64 pixels, over 29ffa5a', 'input_64'),
        ('to the network, patches of 256 pixels, over 29ffa5a', 'input_256'),
        ('to new weights, patches of 64 pixels, over 29ffa5a', 'rate_64'),
        ('to new weights, patches of 256 pixels, over 29ffa5a', 'rate_256'),
    ):
        lines.append(f'| {words} | {float(row[name]):.2f} |')
    return lines


def interop_table(rows: list[dict[str, str]]) -> list[str]:
    """Architectures down, those with equal cells in one row."""
    keys = [(row['direction'], row['library']) for row in rows]
    columns = list(dict.fromkeys(keys))
    found = {
        (row['architecture'], *key): row['max_difference']
        for row, key in zip(rows, keys, strict=True)
    }
    lines = [
        '| architecture | '
        + ' | '.join(' '.join(column) for column in columns)
        + ' |',
        '|---|' + '---|' * len(columns),
    ]
    alike: dict[str, list[str]] = {}
    for name in dict.fromkeys(row['architecture'] for row in rows):
        cells = ' | '.join(found.get((name, *c), '') for c in columns)
        alike.setdefault(cells, []).append(f'`{name}`')
    lines += [f'| {", ".join(a)} | {cells} |' for cells, a in alike.items()]
    return lines


def fill(text: str, mark: str, lines: list[str]) -> str:
    """Replace what stands between a pair of marks."""
    head, rest = text.split(f'<!-- {mark} -->\n', 1)
    _, tail = rest.split(f'<!-- /{mark} -->', 1)
    body = '\n'.join(lines)
    return f'{head}<!-- {mark} -->\n{body}\n<!-- /{mark} -->{tail}'


def main() -> None:
    """Fill the tables in."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog='example:\n  python benchmarks/doc_tables.py',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    speed = read('fractions.csv')
    image = ROOT / 'docs' / 'images' / 'fraction-speed.svg'
    pages = {
        'README.md': {'fraction-figure': speed_figure(speed, '20000', image)},
        'docs/libraries.md': {'interop': interop_table(read('interop.csv'))},
        'docs/world.md': {
            'noise': noise_table(read('world_noise.csv'), '64'),
            'colour': colour_table(read('world_colour.csv')),
            'stream': stream_table(read('world_stream.csv')),
        },
        'docs/scale.md': {
            'fractions': speed_table(speed),
            'million': scale_table(read('million_footprints.csv')),
            'scenes': scenes_table(read('many_scenes.csv')),
            'reading': reading_table(read('reading.csv')),
            'step': step_table(read('step.csv')),
        },
    }
    for name, tables in pages.items():
        page = ROOT / name
        text = page.read_text()
        for mark, lines in tables.items():
            text = fill(text, mark, lines)
        page.write_text(text)


if __name__ == '__main__':
    main()
