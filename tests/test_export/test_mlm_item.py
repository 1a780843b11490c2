"""The STAC item of a backbone, read by pystac's extension for models."""

import json

import pytest
import torch

from geokr_mm.export.card import digest
from geokr_mm.export.foreign import ForeignBackbone
from geokr_mm.export.mlm import stac_item

pystac = pytest.importorskip('pystac')
mlm = pytest.importorskip('pystac.extensions.mlm')

CARD = dict(
    architecture=dict(type='mmpretrain.ResNet', args=dict(depth=18)),
    bands=['red', 'nir'],
    mean=[0.1, 0.3],
    std=[0.05, 0.2],
    units='reflectance',
    patch_size=256,
    product='worldcover',
    product_year=2021,
)


def item_of(**changes):
    backbone = ForeignBackbone(
        library='timm',
        family='resnet',
        name='resnet18',
        args={},
        network=torch.nn.Conv2d(2, 8, 3),
        card={**CARD, **changes},
        channels=2,
        features=8,
        difference=0.0,
        left_out=[],
    )
    found = stac_item(backbone, 'model.safetensors')
    return pystac.Item.from_dict(json.loads(json.dumps(found))), backbone


def test_extension_reads_all():
    item, backbone = item_of()
    assert 'mlm/v1.6.0/schema.json' in item.stac_extensions[0]
    found = mlm.MLMExtension.ext(item)
    assert found.mlm_name == item.id == backbone.title
    assert item.id.endswith(digest(backbone.tensors)[:8])
    assert (found.architecture, found.framework) == ('resnet18', 'PyTorch')
    assert found.total_parameters == 2 * 8 * 9 + 8
    assert found.memory_size == 4 * found.total_parameters
    assert found.pretrained and found.pretrained_source == 'worldcover 2021'
    assert set(found.tasks) <= set(mlm.TaskType)
    (image,) = found.input
    assert image.bands == ['red', 'nir']
    assert image.input.shape == [-1, 2, 256, 256]
    assert image.input.dim_order == ['batch', 'bands', 'height', 'width']
    scalings = [mlm.ValueScaling(v) for v in image.properties['value_scaling']]
    for scaling in scalings:
        mlm.ValueScaling.validate_property_dict(
            scaling.type, scaling.properties
        )
    assert [(s.mean, s.stddev) for s in scalings] == [(0.1, 0.05), (0.3, 0.2)]
    (output,) = found.output
    assert output.result.shape == [-1, 8]
    assert set(output.tasks) <= set(found.tasks)
    asset = mlm.AssetGeneralMLMExtension.ext(item.assets['model'])
    assert asset.artifact_type == 'safetensors.torch.save_file'
    assert 'mlm:model' in item.assets['model'].roles


def test_time_and_place():
    item, _ = item_of()
    assert item.datetime is None and item.geometry is None
    assert item.common_metadata.start_datetime.year == 2021
    assert item.common_metadata.end_datetime.month == 12
    item, _ = item_of(
        bbox=[-1.0, 2.0, 3.0, 4.0], dates=['2019-05-01', '2020-06-30']
    )
    assert item.bbox == [-1.0, 2.0, 3.0, 4.0]
    assert item.geometry['coordinates'][0][0] == [-1.0, 2.0]
    assert item.common_metadata.start_datetime.year == 2019
    item, _ = item_of(product=None, product_year=None)
    assert item.datetime == item.common_metadata.created
    assert mlm.MLMExtension.ext(item).pretrained_source is None


def test_bands_carry_what_the_card_knows():
    item, _ = item_of(
        values='physical', wavelengths=[0.665, 0.842], scale=[1e-4, 1e-4]
    )
    bands = item.assets['model'].extra_fields['bands']
    assert [b['name'] for b in bands] == ['red', 'nir']
    assert bands[1]['eo:center_wavelength'] == 0.842
    assert bands[0]['raster:scale'] == 1e-4
    assert bands[0]['unit'] == 'reflectance'
    assert bands[1]['statistics'] == dict(mean=0.3, stddev=0.2)
    assert len(item.stac_extensions) == 3
    item, _ = item_of(
        values='stretched', scale=[1.0, 1.0], stretch=dict(low=[0, 1])
    )
    assert 'raster:scale' not in item.assets['model'].extra_fields['bands'][0]
    # STAC forbids them where no asset has any.
    assert 'bands' not in item.properties
    (image,) = mlm.MLMExtension.ext(item).input
    assert '"low": [0, 1]' in image.description
    item, _ = item_of(bands=None, mean=None, std=None)
    (image,) = mlm.MLMExtension.ext(item).input
    assert image.bands == [] and image.value_scaling is None
    assert image.input.dim_order[1] == 'channel'
    assert 'bands' not in item.properties
