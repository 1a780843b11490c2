"""Prepare BigEarthNet-S2, Sentinel-2 patches with several of 19 classes."""

from geokr_mm.errors import run_tool
from geokr_mm.zoo.bigearthnet import patches
from geokr_mm.zoo.convert import run_converter


def main() -> None:
    run_converter('bigearthnet', patches, __doc__)


if __name__ == '__main__':
    run_tool(main)
