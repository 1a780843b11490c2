"""Prepare EuroSAT, 10 classes of land use in red, green and blue."""

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import run_converter
from geokr_mm.zoo.scenes import class_folders


def main() -> None:
    run_converter('eurosat', class_folders, __doc__)


if __name__ == '__main__':
    run_tool(main)
