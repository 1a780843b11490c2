"""Options and output that the benchmarks share."""

import argparse
import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def parser(doc: str | None, out: str | None = None) -> argparse.ArgumentParser:
    """Options of a benchmark: a CSV file, and JSON in place of lines."""
    made = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    made.add_argument('--out', type=Path, default=out, help='CSV to write')
    made.add_argument('--json', action='store_true', help='one JSON object')
    return made


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of the same columns as CSV."""
    with path.open('w', newline='') as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator='\n')
        writer.writeheader()
        writer.writerows(rows)


def report(found: Mapping[str, Any], args: argparse.Namespace) -> None:
    """Print figures by name, and write them as one row."""
    if args.out:
        write_rows(args.out, [found])
    if args.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f'{name:<28} {value}')
