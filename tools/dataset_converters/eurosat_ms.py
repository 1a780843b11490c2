"""Prepare EuroSAT in 13 bands, 10 classes of land use from Sentinel-2."""

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import run_converter
from geokr_mm.zoo.scenes import class_folders


def main() -> None:
    run_converter('eurosat_ms', class_folders, __doc__)


if __name__ == '__main__':
    run_tool(main)
