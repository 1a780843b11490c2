#!/usr/bin/env python
"""Write the measured tables of docs/world.md from their CSV files."""

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
        f'Patches of {patch} pixels:',
        '',
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
        epilog='example:\n  python benchmarks/world_tables.py',
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.parse_args()
    page = ROOT / 'docs' / 'world.md'
    text = page.read_text()
    rows = read('world_noise.csv')
    lines = []
    for patch in ('64', '128'):
        lines += [*noise_table(rows, patch), '']
    text = fill(text, 'noise', lines[:-1])
    text = fill(text, 'colour', colour_table(read('world_colour.csv')))
    text = fill(text, 'stream', stream_table(read('world_stream.csv')))
    page.write_text(text)


if __name__ == '__main__':
    main()
