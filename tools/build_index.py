"""Cut scenes into patches and store what a land-cover product knows."""

from geokr_mm.errors import run_tool


def main() -> None:
    from geokr_mm.geo.pipeline.cli import main as build

    build()


if __name__ == '__main__':
    run_tool(main)
