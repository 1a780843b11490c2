"""Downloads of dense sets at toy size, in the layout of the real ones.

Pixels are of a real piece where the shared data has one, else seeded noise.
"""

import json
import shutil
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image

SIDE = 48
RNG = np.random.default_rng(0)
ISPRS = [
    (0, 0, 0),
    (255, 255, 255),
    (0, 0, 255),
    (0, 255, 255),
    (0, 255, 0),
    (255, 255, 0),
    (255, 0, 0),
]


def save(path, pixels):
    """Write (H, W) or (H, W, 3) bytes by the suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


def save_bands(path, bands):
    """Write (C, H, W) as a GeoTIFF."""
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = bands.shape
    with rasterio.open(
        path,
        'w',
        driver='GTiff',
        count=count,
        height=height,
        width=width,
        dtype=bands.dtype,
    ) as sink:
        sink.write(bands)


def picture(side=SIDE):
    return RNG.integers(0, 256, (side, side, 3), dtype=np.uint8)


def numbers(bands, most, dtype=np.uint16, side=SIDE):
    return RNG.integers(0, most, (bands, side, side)).astype(dtype)


def mask(values, side=SIDE):
    return RNG.choice(np.array(values, np.uint8), (side, side))


def isprs(data, name):
    """Two corners of the real tile and their masks in colours."""
    piece = data / f'mmseg_samples/pseudo_{name}_dataset'
    image = np.array(Image.open(next(piece.glob('img_dir/*'))))
    codes = np.array(Image.open(next(piece.glob('ann_dir/*'))))
    colours = np.array(ISPRS, np.uint8)[codes]
    for corner in (slice(0, 96), slice(-96, None)):
        yield image[corner, corner], colours[corner, corner]


def potsdam(folder, data):
    for name, (image, colours) in zip(
        ('2_10', '2_13'), isprs(data, 'potsdam'), strict=True
    ):
        start = f'top_potsdam_{name}'
        save(folder / f'2_Ortho_RGB/{start}_RGB.tif', image)
        save(folder / f'labels/{start}_label_noBoundary.tif', colours)


def vaihingen(folder, data):
    for name, (image, colours) in zip(
        ('area1', 'area2'), isprs(data, 'vaihingen'), strict=True
    ):
        start = f'top_mosaic_09cm_{name}'
        save(folder / f'top/{start}.tif', image)
        save(folder / f'{start}_noBoundary.tif', colours)


def loveda(folder, data):
    for part in ('Train', 'Val'):
        for place in ('Urban', 'Rural'):
            for number in range(3):
                root = folder / part / place
                save(root / f'images_png/{number}.png', picture())
                save(root / f'masks_png/{number}.png', mask(range(8)))


def isaid(folder, data):
    colours = np.array([(0, 0, 0), (0, 0, 63), (0, 100, 155)], np.uint8)
    for number, part in enumerate(('train', 'train', 'val')):
        name = f'{part}/images/P{number:04d}'
        save(folder / f'{name}.png', picture())
        save(
            folder / f'{name}_instance_color_RGB.png', colours[mask(range(3))]
        )


def dfc2020(folder, data):
    for phase, part in (('test', '0'), ('validation', 'validation')):
        for number in range(3):
            root = folder / f'ROIs0000_{phase}'
            for kind, bands in (
                ('s2', numbers(13, 4000)),
                ('dfc', mask(range(1, 11))[None]),
            ):
                name = f'ROIs0000_{phase}_{kind}_{part}_p{number}.tif'
                save_bands(root / f'{kind}_{part}/{name}', bands)


def chesapeake(folder, data):
    (folder / 'chesapeake').symlink_to(data / 'chesapeake')


def levir_cs(folder, data):
    for part in ('train', 'test'):
        for number in range(3):
            scene = f'GF1_WFV2_E140.6_N45.{number}_20171027_L1A000271391'
            save_bands(
                folder / f'{part}/mss/{scene}_mss.tiff', numbers(4, 1024)
            )
            save(
                folder / f'{part}/label_0_1_2/{scene}_roiMap.tif',
                mask(range(3)),
            )


def cloud38(folder, data):
    """A scene of 80 x 90 pixels lies in 2 x 2 patches of 48."""
    scene = 'LC08_L1TP_002053_20160520_20170324_01_T1'
    truth = RNG.choice(np.array([0, 255], np.uint8), (80, 90))
    save(
        folder
        / f'38-Cloud_test/Entire_scene_gts/edited_corrected_gts_{scene}.TIF',
        truth,
    )
    for number in range(4):
        name = f'patch_{number + 1}_{number // 2 + 1}_by_{number % 2 + 1}'
        for part, room in (('train', 'training'), ('test', 'test')):
            for band in ('blue', 'green', 'red', 'nir'):
                save_bands(
                    folder
                    / f'38-Cloud_{room}/{part}_{band}'
                    / f'{band}_{name}_{scene}.TIF',
                    numbers(1, 20000),
                )
        save(
            folder / f'38-Cloud_training/train_gt/gt_{name}_{scene}.TIF',
            mask([0, 255]),
        )


def hrc_whu(folder, data):
    for part in ('train', 'test'):
        for number in range(3):
            name = f'{part}/barren_{number}.png'
            save(folder / 'img_dir' / name, picture())
            save(folder / 'ann_dir' / name, mask([0, 255]))


def gf12ms_whu(folder, data):
    for satellite in ('GF1MS-WHU', 'GF2MS-WHU'):
        for part in ('Train', 'Test'):
            for number in range(3):
                name = f'{satellite}/{part}Block250/scene_{number}'
                save_bands(folder / f'{name}.tiff', numbers(4, 1024))
                save(folder / f'{name}_Mask.tif', mask([0, 1]))


def cloudsen12(folder, data):
    """Two patches of full size a part: files have no header."""
    bands = [*range(1, 9), '8A', *range(9, 13)]
    for part in ('train', 'val', 'test'):
        (folder / part).mkdir()
        shape = (2, 512, 512)
        labels = RNG.integers(0, 4, shape).astype(np.uint8)
        labels.tofile(folder / part / 'LABEL_manual_hq.dat')
        for band in bands:
            pixels = RNG.integers(0, 9000, shape).astype(np.int16)
            pixels.tofile(folder / part / f'L1C_B{band}.dat')


def snow_pairs(folder, data):
    (folder / 'snow_pairs').symlink_to(data / 'snow_pairs')


def cloud_pairs(folder, data):
    (folder / 'cloud_pairs').symlink_to(data / 'cloud_pairs')


def nwpu_vhr10(folder, data):
    """Nine real images and their boxes."""
    piece = data / 'nwpu_vhr10'
    coco = json.loads((piece / 'train.json').read_text())
    coco['images'] = coco['images'][:9]
    chosen = {row['id'] for row in coco['images']}
    coco['annotations'] = [
        row for row in coco['annotations'] if row['image_id'] in chosen
    ]
    (folder / 'positive image set').mkdir()
    for row in coco['images']:
        name = row['file_name']
        shutil.copy(piece / 'images' / name, folder / 'positive image set')
    (folder / 'annotations.json').write_text(json.dumps(coco))


def dior(folder, data):
    box = '<xmin>4</xmin><ymin>8</ymin><xmax>30</xmax><ymax>40</ymax>'
    for number in range(6):
        part = 'trainval' if number < 4 else 'test'
        name = f'{number:05d}'
        save(folder / f'JPEGImages-{part}/{name}.jpg', picture())
        labels = folder / 'Annotations/Horizontal Bounding Boxes'
        labels.mkdir(parents=True, exist_ok=True)
        (labels / f'{name}.xml').write_text(
            f'<annotation><size><width>{SIDE}</width><height>{SIDE}</height>'
            f'</size><object><name>Airport</name><bndbox>{box}</bndbox>'
            '</object></annotation>'
        )


def levir(folder, data):
    for number in range(5):
        path = folder / f'imageWithLabel/{number:05d}.jpg'
        save(path, picture())
        path.with_suffix('.txt').write_text('1 2 3 30 40\n3 5 5 20 20\n')


def dota(folder, data):
    """Images of two tiles; their objects are in the first alone."""
    lines = '10 10 60 20 50 60 5 40 plane 0\n'
    for number, part in enumerate((*('train',) * 4, 'val')):
        root, name = folder / part, f'P{number:04d}'
        pixels = RNG.integers(0, 256, (64, 1100, 3), dtype=np.uint8)
        save(root / f'images/{name}.png', pixels)
        (root / 'labelTxt-v1.0').mkdir(exist_ok=True)
        (root / f'labelTxt-v1.0/{name}.txt').write_text(
            f'imagesource:GoogleEarth\ngsd:0.5\n{lines}'
        )


def make(name: str, folder: Path, data: Path) -> None:
    """Write the toy download of a set to a new folder."""
    folder.mkdir()
    globals()[name](folder, data)
