"""Reading checkpoints as data."""

import os
import pickle
import zipfile

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer

from geokr_mm.errors import InputError
from geokr_mm.export.checkpoint import read_checkpoint


class Payload:
    """What an attacker would put into a checkpoint."""

    def __init__(self, target):
        self.target = target

    def __reduce__(self):
        return os.mkdir, (str(self.target),)


def test_reads_training_checkpoint(tmp_path):
    log = HistoryBuffer([1.0, 2.0], [1, 1])
    weight = torch.arange(6.0).view(2, 3)
    path = tmp_path / 'epoch_1.pth'
    torch.save(
        dict(
            state_dict=dict(weight=weight),
            message_hub=dict(log_scalars=dict(loss=log)),
            meta=dict(lr=np.float64(0.5), seen=np.int64(3)),
        ),
        path,
    )
    content = read_checkpoint(path)
    assert torch.equal(content['state_dict']['weight'], weight)
    assert content['meta'] == dict(lr=0.5, seen=3)


def test_log_history_needs_no_mmengine_class(tmp_path):
    path = tmp_path / 'a.pth'
    torch.save(dict(log=HistoryBuffer([1.0], [1])), path)
    assert type(read_checkpoint(path)['log']) is not HistoryBuffer


def test_payload_is_refused_and_not_run(tmp_path):
    target = tmp_path / 'made_by_payload'
    path = tmp_path / 'evil.pth'
    torch.save(dict(state_dict=dict(x=Payload(target))), path)
    with pytest.raises(InputError, match=r'evil.pth: refused.*mkdir'):
        read_checkpoint(path)
    assert not target.exists()


def test_getattr_serves_log_histories_only(tmp_path):
    """``getattr`` on any other object would open the way to anything."""

    class Lookup:
        def __reduce__(self):
            return getattr, (torch.Tensor, 'numpy')

    path = tmp_path / 'lookup.pth'
    torch.save(dict(x=Lookup()), path)
    with pytest.raises(InputError, match='refused'):
        read_checkpoint(path)


def test_old_style_pickle_is_refused(tmp_path):
    target = tmp_path / 'made_by_payload'
    path = tmp_path / 'old.pth'
    path.write_bytes(pickle.dumps(dict(x=Payload(target)), protocol=2))
    with pytest.raises(InputError, match='old.pth'):
        read_checkpoint(path)
    assert not target.exists()


@pytest.mark.parametrize('share', [0.0, 0.5, 0.95])
def test_truncated_file(tmp_path, share):
    path = tmp_path / 'cut.pth'
    torch.save(dict(state_dict=dict(x=torch.zeros(1000))), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match='cut.pth.*truncated'):
        read_checkpoint(path)


@pytest.mark.parametrize('name', ['page.pth', 'page.safetensors'])
def test_other_formats(tmp_path, name):
    path = tmp_path / name
    path.write_text('<html>not found</html>')
    with pytest.raises(InputError, match=f'{name}.*another format'):
        read_checkpoint(path)


def test_zip_that_is_no_checkpoint(tmp_path):
    path = tmp_path / 'a.pth'
    with zipfile.ZipFile(path, 'w') as file:
        file.writestr('readme.txt', 'x')
    with pytest.raises(InputError, match='another format'):
        read_checkpoint(path)


def test_missing_file_and_bare_tensor(tmp_path):
    with pytest.raises(InputError, match='no such checkpoint'):
        read_checkpoint(tmp_path / 'none.pth')
    torch.save(torch.zeros(2), tmp_path / 't.pth')
    with pytest.raises(InputError, match='holds a Tensor'):
        read_checkpoint(tmp_path / 't.pth')
