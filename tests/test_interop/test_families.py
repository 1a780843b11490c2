"""Files of other projects, by the names that they have there."""

import runpy

import pytest
import torch

from geokr_mm.benchmark.features import build_backbone
from geokr_mm.errors import InputError
from geokr_mm.export import load_backbone
from geokr_mm.interop import ARCHITECTURES
from geokr_mm.interop.families import families, find_family
from geokr_mm.interop.starts import import_backbone

# Family: file, architecture, library of its names, where it stands in the
# file, and what stands beside it. Names are those that the projects' code
# writes; torchgeo, SatMAE and CMID build on timm, the others on torchvision.
CASES = {
    'ssl4eo-s12': (
        *('resnet50_sentinel2_all_dino-d6c330e9.pth', 'resnet18', 'timm'),
        *('', []),
    ),
    'ssl4eo-s12-rgb': (
        *('resnet18_sentinel2_rgb_moco-e3a335e3.pth', 'resnet18', 'timm'),
        *('', []),
    ),
    'ssl4eo-landsat-oli-toa': (
        *('resnet18_landsat_oli_tirs_toa_moco-a3002f51.pth', 'resnet18'),
        *('timm', '', []),
    ),
    'ssl4eo-s1': (
        *('vits16_sentinel1_all_moco.pth', 'vit_small', 'timm'),
        *('state_dict.module.base_encoder.', ['head.0.weight']),
    ),
    'seco': (
        *('seco_resnet18_1m.ckpt', 'resnet18', 'sequence'),
        'state_dict.encoder_q.',
        ['state_dict.encoder_k.', 'state_dict.heads_q.0.0.weight'],
    ),
    'gassl': (
        *('moco_tp.pth', 'resnet18', 'torchvision'),
        'state_dict.module.encoder_q.',
        ['fc.0.weight', 'state_dict.module.queue'],
    ),
    'satmae': (
        *('fmow_pretrain.pth', 'vit_small', 'timm', 'model.'),
        ['mask_token', 'decoder_embed.weight', 'decoder_pos_embed'],
    ),
    'satlas-ms': (
        *('sentinel2_resnet50_si_ms.pth', 'resnet18', 'torchvision'),
        'backbone.resnet.',
        ['fc.weight', 'intermediates.0.fpn.inner_blocks.0.0.weight'],
    ),
    'rsp': (
        *('rsp-resnet-50-ckpt.pth', 'resnet18', 'torchvision', 'model.'),
        ['fc.weight', 'epoch'],
    ),
    'cmid': (
        *('CMID_ResNet50_bk_200ep.pth', 'resnet18', 'timm'),
        *('model.', ['top.mask_token']),
    ),
    'softcon-s2': (
        *('B13_rn50_softcon.pth', 'resnet18', 'torchvision'),
        *('', []),
    ),
    'cromss': (
        *('weights-cromss-13B-lateFusion-epoch=199.ckpt', 'resnet18'),
        *('torchvision', 'state_dict.net.model2.encoder.'),
        ['state_dict.net.model2.decoder.blocks.0.conv1.0.weight'],
    ),
    'dinov2': (
        *('dinov2_vits14_pretrain.pth', 'vit_small', 'timm'),
        *('', ['mask_token']),
    ),
}
# Of the same networks and names, with other bands; these are slow.
OLI = CASES['ssl4eo-landsat-oli-toa']
ALIKE = {
    f'ssl4eo-landsat-{sensor}': (
        f'resnet18_landsat_{sensor.replace("-", "_")}_moco-1c691b4f.pth',
        *OLI[1:],
    )
    for sensor in ('tm-toa', 'etm-toa', 'etm-sr', 'oli-sr')
} | {
    'satlas-rgb': ('sentinel2_resnet50_si_rgb.pth', *CASES['satlas-ms'][1:]),
    'cromss-9': (
        'weights-cromss-9B-lateFusion-epoch=199.ckpt',
        *CASES['cromss'][1:],
    ),
    **{name: CASES[name] for name in ('satmae', 'dinov2', 'gassl')},
    'ssl4eo-landsat-oli-toa': OLI,
}
LARGE = {
    'satmae': (*CASES['satmae'][:1], 'vit_large', *CASES['satmae'][2:]),
    'rsp': ('rsp-swin-t-ckpt.pth', 'swin_tiny', 'timm', 'model.', []),
    'ssl4eo-s12': ('B13_rn50_moco.pth', 'resnet50', 'torchvision', '', []),
}


@pytest.fixture(scope='module')
def script(repo):
    return runpy.run_path(str(repo / 'benchmarks' / 'interop.py'))


def sequence(state):
    """Names of a ResNet whose parts stand in a sequence."""
    parts = ['conv1', 'bn1', 'relu', 'maxpool']
    parts += [f'layer{number}' for number in range(1, 5)]
    return {
        f'{parts.index(name.split(".")[0])}.{name.partition(".")[2]}': value
        for name, value in state.items()
    }


def nested(state):
    """As files hold them: what lies below a top key in a dict of its own."""
    found = {}
    for name, value in state.items():
        top, _, rest = name.partition('.')
        inside = top in ('state_dict', 'model') and rest
        place = found.setdefault(top, {}) if inside else found
        place[rest if inside else name] = value
    return found


@torch.no_grad()
def imported(script, family, case, folder):
    """Import a file of a family; its card, what fits and the features."""
    file, arch, library, prefix, beside = case
    entry, facts = ARCHITECTURES[arch], families()[family]
    bands = len(facts.bands)
    source = 'torchvision' if library == 'sequence' else library
    model = script['reference'](entry, source, bands)
    own = model.state_dict()
    if library == 'sequence':
        own = sequence(own)
    state = {f'{prefix}{name}': value for name, value in own.items()}
    for name in beside:
        outside = name.startswith(('state_dict', 'intermediates', 'top', 'ep'))
        at = name.removeprefix('top.') if outside else f'{prefix}{name}'
        state[at] = torch.zeros(1)
    if family == 'seco':
        del state['state_dict.encoder_k.']
        state |= {k.replace('_q.', '_k.'): v + 1 for k, v in state.items()}
    if family.startswith('cromss'):
        # Its radar half has the same names, and comes first.
        radar = {k.replace('l2', 'l1'): v + 1 for k, v in state.items()}
        radar['state_dict.net.model1.encoder.conv1.weight'] = torch.zeros(
            64, 2, 7, 7
        )
        state = {**radar, **state}
    torch.save(nested(state), folder / file)
    out = folder / 'start.pth'
    card, found = import_backbone(str(folder / file), arch, out)
    tensors, _ = load_backbone(out)
    inputs = script['images'](entry.family, bands)
    want = script['features'](model, inputs, entry.family, source)
    have = build_backbone(card['architecture'], tensors)(inputs)[-1]
    return card, found, tensors, have, want


def check(script, family, case, folder):
    card, found, tensors, have, want = imported(script, family, case, folder)
    assert found.whole and not found.fresh and not found.surplus
    counters = [
        name for name in tensors if name.endswith('num_batches_tracked')
    ]
    fixed = [name for name in tensors if name.endswith('_index')]
    assert len(found.loaded) == len(tensors) - len(counters) - len(fixed)
    assert float((have - want).abs().max() / want.abs().max()) < 2e-5
    facts = families()[family]
    assert card['imported']['family'] == family
    assert card['bands'] == list(facts.bands)
    assert card['mean'] == list(facts.mean) and card['std'] == list(facts.std)
    text = '\n'.join(found.report())
    assert f'guessed from the name of the file: it is {facts.title}' in text
    assert facts.source in text


@pytest.mark.parametrize(
    'family',
    [
        *(name for name in CASES if name not in ALIKE),
        *(pytest.param(name, marks=pytest.mark.slow) for name in ALIKE),
    ],
)
def test_all_is_loaded_and_features_are_equal(script, family, tmp_path):
    check(script, family, {**CASES, **ALIKE}[family], tmp_path)


def test_every_family_is_tried_or_refused():
    known = families().items()
    taken = {name for name, facts in known if not facts.refused}
    assert taken == {*CASES, *ALIKE}


@pytest.mark.slow
@pytest.mark.parametrize('family', LARGE)
def test_networks_as_published(script, family, tmp_path):
    check(script, family, LARGE[family], tmp_path)


def test_what_is_given_comes_before_the_family(resnet, take, tmp_path):
    path = tmp_path / 'seco_resnet18_1m.ckpt'
    torch.save(resnet, path)
    out = tmp_path / 'start.pth'

    def run(**more):
        return import_backbone(str(path), 'resnet18', out, **more)

    card, _ = run(family='none')
    assert 'family' not in card['imported']
    bands = ['a', 'b', 'c']
    stats = dict(mean=[1.0] * 3, std=[2.0] * 3, units='counts')
    card, _ = run(source_bands=bands, **stats)
    assert card['mean'] == [1.0] * 3 and card['units'] == 'counts'
    assert card['bands'] == bands
    card, found = run(family='softcon-s2')
    assert 'takes 3 bands, and SoftCon' in '\n'.join(found.notes)
    assert card['bands'] == ['red', 'green', 'blue']
    with pytest.raises(InputError, match='family moco is not known; choose'):
        run(family='moco')


# A tensor by which each is known, as the project's code names it.
REFUSED = {
    'satmae-groups': ('model.patch_embed.1.proj.weight', 4),
    'swin-v2': (
        'backbone.backbone.features.1.0.attn.cpb_mlp.0.weight',
        2,
    ),
    'vitae': ('model.layers.0.NC.0.PCM.0.weight', 4),
    'dinov3': ('storage_tokens', 3),
    'registers': ('register_tokens', 3),
    'prithvi': ('encoder.patch_embed.proj.weight', 5),
    'olmoearth': (
        'encoder.patch_embeddings.per_modality_embeddings.sentinel2_l2a.'
        'sentinel2_l2a__0.proj.weight',
        4,
    ),
    'galileo': ('space_time_embed.S2_RGB.proj.weight', 4),
}


def test_other_networks_are_refused(take):
    known = {name for name, entry in families().items() if entry.refused}
    assert known == set(REFUSED)
    for family, (name, dims) in REFUSED.items():
        content = {name: torch.zeros([1] * dims), 'norm.bias': torch.zeros(1)}
        entry = families()[family]
        with pytest.raises(InputError) as caught:
            take(content, 'vit_small')
        assert f'is {entry.title}: it has {entry.refused}' in str(caught.value)
        assert '\n' not in str(caught.value)
    # A kernel of two dimensions is no Prithvi.
    state = {'patch_embed.proj.weight': torch.zeros(1, 3, 16, 16)}
    assert find_family(None, 'x.pth', state, []) is None


def test_the_table_is_whole():
    for name, entry in families().items():
        assert entry.source.startswith('https://') and entry.title, name
        if entry.refused:
            assert entry.tensors and not entry.bands
            continue
        assert len(entry.mean) == len(entry.std) == len(entry.bands) > 0
        assert all(pattern == pattern.lower() for pattern in entry.files)
