"""Make a knowledge index of Levir-KR, in the layout of its authors."""

import argparse
import shlex

from geokr_mm.errors import run_tool
from geokr_mm.geo.converters.levir_labels import LevirOptions
from geokr_mm.geo.core.options import add_arguments, read_options
from geokr_mm.geo.pipeline.options import RunOptions

EXAMPLE = """example:
  python tools/convert_levir_kr.py --images Levir-KR/crop_data \\
      --labels Levir-KR/RSIData_WithLabels --list Levir-KR/train.txt \\
      --workers 8 --max-bad-fraction 0.01 --out levir_kr/
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description='Convert Levir-KR, for those who hold it: images '
        'FOLDER/SCENE_X_Y.tiff, one JSON of GlobeLand30 class counts each in '
        'FOLDER/SCENE_X_Y.json, and train.txt. Images are not copied.',
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(parser, LevirOptions)
    add_arguments(parser, RunOptions)
    parsed = parser.parse_args()

    from geokr_mm.geo.converters.levir_kr import convert_levir_kr

    options = read_options(LevirOptions, parsed)
    run = read_options(RunOptions, parsed, quiet=False)
    command = ['convert_levir_kr.py', '--year', str(options.year)]
    for name in options.without:
        command += ['--no-filter', name]
    summary = convert_levir_kr(options, shlex.join(command), **vars(run))
    if not run.quiet:
        print(summary)


if __name__ == '__main__':
    run_tool(main)
