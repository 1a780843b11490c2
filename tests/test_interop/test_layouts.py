"""Names and orders of other layouts, in both directions."""

import pytest
import torch

from geokr_mm.benchmark.features import build_backbone
from geokr_mm.errors import InputError
from geokr_mm.interop import (
    ARCHITECTURES,
    LAYOUTS,
    architecture_of,
    find_architecture,
    from_mmpretrain,
    to_mmpretrain,
)
from geokr_mm.interop.layouts import last_block

# By hand, from the files of Hugging Face.
HUGGINGFACE = {
    'resnet18': {
        'embedder.embedder.convolution.weight': (64, 3, 7, 7),
        'encoder.stages.1.layers.0.shortcut.normalization.running_mean': (
            128,
        ),
        'encoder.stages.3.layers.1.layer.1.convolution.weight': (
            *(512, 512),
            *(3, 3),
        ),
    },
    'convnext_tiny': {
        'embeddings.patch_embeddings.weight': (96, 3, 4, 4),
        'encoder.stages.1.downsampling_layer.1.weight': (192, 96, 2, 2),
        'encoder.stages.2.layers.8.layer_scale_parameter': (384,),
        'encoder.stages.3.layers.2.pwconv1.weight': (3072, 768),
        'layernorm.bias': (768,),
    },
    'swin_tiny': {
        'embeddings.patch_embeddings.projection.weight': (96, 3, 4, 4),
        'encoder.layers.0.blocks.1.attention.self.key.bias': (96,),
        'encoder.layers.2.blocks.5.attention.self.'
        'relative_position_bias_table': (169, 12),
        'encoder.layers.2.downsample.reduction.weight': (768, 1536),
        'encoder.layers.3.blocks.1.intermediate.dense.weight': (3072, 768),
    },
    'vit_small': {
        'embeddings.cls_token': (1, 1, 384),
        'embeddings.position_embeddings': (1, 197, 384),
        'encoder.layer.11.attention.attention.value.weight': (384, 384),
        'encoder.layer.11.attention.output.dense.bias': (384,),
        'encoder.layer.0.layernorm_before.weight': (384,),
    },
}


@pytest.fixture(scope='module')
def state():
    """State dicts of mmpretrain by architecture, made once."""
    made = {}

    def get(name):
        if name not in made:
            entry = ARCHITECTURES[name]
            settings = dict(type=entry.type, args=entry.args)
            made[name] = build_backbone(settings).state_dict()
        return made[name]

    return get


# The others differ from these in width and depth.
SMALL = ('resnet18', 'resnet50', 'vgg16_bn', 'convnext_tiny', 'swin_tiny')


@pytest.mark.parametrize('name', [*SMALL, 'vit_small'])
def test_there_and_back(state, name):
    entry, own = ARCHITECTURES[name], state(name)
    for layout in LAYOUTS[entry.family]:
        there = from_mmpretrain(own, entry, layout)
        back = to_mmpretrain(there, entry, layout, own)
        left = {key for key in own if key not in back}
        assert all(key.endswith('relative_position_index') for key in left)
        assert all(torch.equal(own[key], back[key]) for key in back)


@pytest.mark.parametrize('name', HUGGINGFACE)
def test_names_of_hugging_face(state, name):
    there = from_mmpretrain(state(name), ARCHITECTURES[name], 'huggingface')
    for key, shape in HUGGINGFACE[name].items():
        assert tuple(there[key].shape) == shape
    assert not any('*' in key for key in there)


def test_patches_are_merged_in_the_other_order(state):
    own = state('swin_tiny')
    entry = ARCHITECTURES['swin_tiny']
    name = 'stages.0.downsample.norm.weight'
    numbers = {name: torch.arange(384.0)}
    (there,) = from_mmpretrain(numbers, entry, 'timm').items()
    assert there[0] == 'layers.1.downsample.norm.weight'
    # Channel 0 of the pixel at column 0 and row 1 is third in mmpretrain.
    assert there[1][96] == 2 and there[1][1] == 4
    (microsoft,) = from_mmpretrain(numbers, entry, 'microsoft')
    assert microsoft == 'layers.0.downsample.norm.weight'
    assert name in own


def test_the_last_block():
    blocks = {
        name: last_block(ARCHITECTURES[name], 'timm')
        for name in ('resnet34', 'resnet101', 'swin_tiny')
    }
    assert 'layer3.5.conv1' in blocks['resnet34']
    assert all('layer3.22.' in name for name in blocks['resnet101'])
    assert 'layers.2.blocks.5.norm1' in blocks['swin_tiny']
    assert 'stages.2.blocks.5.norm1' in last_block(
        ARCHITECTURES['swin_tiny'], 'mmpretrain'
    )


def test_architectures_are_found():
    for entry in ARCHITECTURES.values():
        args = dict(entry.args, in_channels=4, drop_path_rate=0.1)
        assert architecture_of(dict(type=entry.type, args=args)) is entry
    plain = dict(type='mmpretrain.VGG', args=dict(depth=16))
    assert architecture_of(plain) is None
    with pytest.raises(InputError, match='resnet9 is not known.*swin_tiny'):
        find_architecture('resnet9')
