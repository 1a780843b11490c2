"""What converters of dense sets make of pixels, codes and boxes."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
import rasterio
from PIL import Image

from geokr_mm.errors import InputError
from geokr_mm.zoo import load_card
from geokr_mm.zoo.convert import convert
from geokr_mm.zoo.pairs import Pair, starts, tiles

ROOT = Path(__file__).resolve().parents[2]


def tool(name):
    return runpy.run_path(str(ROOT / f'tools/dataset_converters/{name}.py'))


@pytest.fixture
def converted(shared_data, tmp_path):
    """A toy download, and the folder that it was converted to."""

    def make(name, change=lambda folder: None):
        toys = runpy.run_path(str(Path(__file__).with_name('toys.py')))
        folder, out = tmp_path / name, tmp_path / f'{name} made'
        toys['make'](name, folder, shared_data)
        change(folder)
        card = load_card(name)
        with pytest.warns(UserWarning, match='nothing published'):
            convert(card, folder, out, tool(name)['prepare'], piece=True)
        return folder, out

    return make


def pixels(path):
    return np.array(Image.open(path))


def test_tiles_cover_an_image_to_its_edge():
    assert starts(6000, 512)[-2:] == [5120, 5488]
    assert len(starts(6000, 512)) == 12
    assert starts(1408, 896, 384) == [0, 512]
    assert starts(300, 512) == [0]
    image = np.arange(2 * 5 * 7).reshape(2, 5, 7)
    parts = [*tiles([Pair('a', 'train', image, image[0])], 4, 1)]
    assert [p.name for p in parts] == [
        'a_0_0_4_4',
        'a_3_0_7_4',
        'a_0_1_4_5',
        'a_3_1_7_5',
    ]
    assert (parts[3].image == image[:, 1:5, 3:7]).all()
    assert (parts[3].mask == image[0, 1:5, 3:7]).all()


def test_colours_become_the_codes_of_the_real_tile(converted, shared_data):
    _, out = converted('potsdam')
    piece = shared_data / 'mmseg_samples/pseudo_potsdam_dataset'
    codes = pixels(next(piece.glob('ann_dir/*')))
    made = pixels(out / 'masks/2_10_0_0_96_96.png')
    assert (made == codes[:96, :96]).all() and len(np.unique(made)) > 1
    image = pixels(out / 'images/2_13_0_0_96_96.png')
    assert (image == pixels(next(piece.glob('img_dir/*')))[-96:, -96:]).all()
    assert (out / 'val_mmseg.txt').read_text() == '2_13_0_0_96_96\n'


def test_chesapeake_codes_and_bands(tmp_path):
    folder = tmp_path / 'patches'
    folder.mkdir()
    patch = np.zeros((1, 29, 2, 8), np.float32)
    patch[0, :4] = np.array([10, 20, 300, 40])[:, None, None]
    patch[0, 8] = [[1, 2, 3, 4, 5, 6, 15, 0]] * 2
    for number in range(8):
        np.savez(folder / f'p-{number}.npz', patch)
    prepare, card = tool('chesapeake')['prepare'], load_card('chesapeake')
    out = tmp_path / 'out'
    convert(card, folder, out, prepare)
    names = (out / 'val_halves.txt').read_text().split()
    assert names == ['p-1', 'p-2', 'p-4', 'p-7']
    mask = pixels(out / 'masks/p-1.png')
    assert mask[0].tolist() == [0, 1, 2, 3, 3, 3, 255, 255]
    with rasterio.open(out / 'images/p-0.tif') as source:
        assert source.read()[:, 0, 0].tolist() == [255, 20, 10, 40]
    np.savez(folder / 'p-3.npz', patch[:, :3])
    with pytest.raises(InputError, match=r'p-3.npz: has shape \(1, 3, 2, 8'):
        convert(card, folder, tmp_path / 'again', prepare)
    (folder / 'p-3.npz').write_bytes(b'')
    with pytest.raises(InputError, match='p-3.npz: is damaged'):
        convert(card, folder, tmp_path / 'again', prepare)
    assert not (tmp_path / 'again').exists()


def test_masks_of_38_cloud_lie_in_the_middle_of_their_patches(converted):
    folder, out = converted('cloud38')
    truth = pixels(next(folder.glob('*/Entire_scene_gts/*')))
    made = {p.name.split('_LC08')[0]: pixels(p) for p in out.glob('masks/*')}
    upper, lower = (
        np.hstack([made[f'patch_{n}_{row}_by_{n - 2 * row + 2}'] for n in two])
        for row, two in ((1, (1, 2)), (2, (3, 4)))
    )
    whole = np.vstack([upper, lower])
    assert whole.shape == (96, 96)
    assert (whole[8:88, 3:93] == truth // 255).all()
    whole[8:88, 3:93] = 255
    assert (whole == 255).all()


def test_boxes_of_dota_are_cut_to_tiles(converted):
    def widen(folder):
        """An object that the second tile holds, and the first does not."""
        path = folder / 'train/labelTxt-v1.0/P0000.txt'
        with path.open('a') as file:
            file.write('1000 10 1060 10 1060 40 1000 40 ship 1\n')

    _, out = converted('dota', widen)
    coco = json.loads((out / 'train_val.json').read_text())
    names = [row['file_name'] for row in coco['images']]
    assert names[:2] == ['train/P0000_0_0.png', 'train/P0000_76_0.png']
    rows = [(r['image_id'], r['category_id']) for r in coco['annotations']]
    assert rows[:2] == [(0, 1), (1, 7)]
    assert coco['annotations'][0]['bbox'] == [5, 10, 55, 50]
    assert coco['annotations'][1]['bbox'] == [924, 10, 60, 30]
    assert coco['categories'][6]['name'] == 'ship'
    text = (out / 'annfiles/train/P0000_76_0.txt').read_text()
    assert text.split()[:2] == ['924.0', '10.0']
    assert text.split()[-2:] == ['ship', '1']
    # Tiles for testing need no object.
    coco = json.loads((out / 'val_val.json').read_text())
    assert len(coco['images']) == 2 and len(coco['annotations']) == 1


def test_boxes_of_another_form_or_class_are_refused(tmp_path):
    path = tmp_path / 'a.txt'
    path.write_text('1 2 3 30 40\n')
    read = tool('levir')['read_boxes']
    assert read(path, 3) == [(2, 3, 28, 37, 0)]
    path.write_text('4 2 3 30 40\n')
    with pytest.raises(InputError, match=r'a.txt: .*class \(1 to 3\)'):
        read(path, 3)
    path.write_text('1 1 5 1 5 5 1 5 wagon 0\n')
    with pytest.raises(InputError, match=r'a.txt: .*a class of DOTA'):
        tool('dota')['read_objects'](path, ['plane'])
    path.write_text('<annotation><object><name>wagon</name></object>')
    with pytest.raises(InputError, match='a.txt: is missing or damaged'):
        tool('dior')['read_xml'](path, ['ship'])


def test_a_file_of_patches_that_ends_early(tmp_path):
    path = tmp_path / 'L1C_B1.dat'
    path.write_bytes(bytes(512 * 512 * 2 + 7))
    with pytest.raises(InputError, match='B1.dat: 524,295 bytes are not'):
        tool('cloudsen12')['read_patches'](path, np.int16)


def test_a_part_of_another_number_is_refused(shared_data, tmp_path):
    name = 'snow_pairs'
    card, prepare = load_card(name), tool(name)['prepare']
    protocol = card.protocols['thirds'].model_copy(
        update=dict(counts=dict(train=17))
    )
    wrong = card.model_copy(update=dict(protocols=dict(thirds=protocol)))
    with pytest.raises(InputError, match='16 images in train, .* has 17'):
        convert(wrong, shared_data, tmp_path / 'out', prepare)
    assert not (tmp_path / 'out').exists()
