"""Pre-training needs neither mmseg nor mmdet nor compiled mmcv ops."""

import os
import re
import subprocess
import sys

WITHOUT = """
import runpy, sys
from importlib.machinery import PathFinder

class Without(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.split('.')[0] in ('mmseg', 'mmdet') or name == 'mmcv._ext':
            return None
        return super().find_spec(name, path, target)

sys.meta_path = [Without if f is PathFinder else f for f in sys.meta_path]
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name='__main__')
"""


def test_pretraining_without_mmseg_mmdet_and_ops(repo, tiny_index, tmp_path):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data' / 'tiny_world').symlink_to(tiny_index.parent)
    smoke = repo / 'configs/geokr/geokr_resnet18_smoke_tiny-world.py'
    done = subprocess.run(
        [
            sys.executable,
            '-W',
            'ignore',
            '-c',
            WITHOUT,
            str(repo / 'tools/train.py'),
            str(smoke),
        ],
        cwd=tmp_path,
        env={**os.environ, 'OMP_NUM_THREADS': '1'},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert len(re.findall(r' loss: \d', done.stdout)) == 2
    work = tmp_path / 'work_dirs' / 'geokr_resnet18_smoke_tiny-world'
    assert (work / 'iter_2.pth').is_file()
