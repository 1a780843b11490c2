"""Prepare UC Merced, 21 classes of land use, 100 images of each."""

from geokr_mm.errors import run_tool
from geokr_mm.zoo.convert import run_converter
from geokr_mm.zoo.scenes import class_folders


def main() -> None:
    run_converter('ucmerced', class_folders, __doc__)


if __name__ == '__main__':
    run_tool(main)
