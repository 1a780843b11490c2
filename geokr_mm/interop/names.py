"""Names of modules and parameters in mmpretrain and in other libraries.

A name may be that of a module, for all that lies below it, or of a parameter.
``*`` stands for ``query``, ``key`` and ``value`` one after another. Indices,
which are from 0, are filled in for each block of each stage:

====== =====================================
i      stage
j      block of the stage
up     i + 1
odd    2 i + 1: torchvision counts stages and the layers between in one
even   2 i + 2
child  i + 4: a sequence of ResNet's parts counts those before its stages
k      VGG: layer of mmpretrain, which counts blocks and poolings
conv   VGG: layer of torchvision, which counts all
norm   VGG: the one after conv
====== =====================================
"""

from collections.abc import Iterator, Mapping, Sequence

Row = tuple[str | None, ...]
QKV = ('query', 'key', 'value')

# Names of the columns that follow that of mmpretrain.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    'resnet': ('torchvision', 'timm', 'huggingface', 'sequence'),
    'vgg': ('torchvision', 'timm'),
    'convnext': ('torchvision', 'timm', 'huggingface', 'facebook'),
    'swin': ('torchvision', 'timm', 'huggingface', 'microsoft'),
    'vit': ('torchvision', 'timm', 'huggingface', 'huggingface-dinov2'),
}


def _resnet() -> Iterator[Row]:
    # A basic block has two convolutions, a bottleneck three.
    embedder = 'embedder.embedder'
    yield ('conv1',) * 3 + (f'{embedder}.convolution', '0')
    yield ('bn1',) * 3 + (f'{embedder}.normalization', '1')
    stage = 'encoder.stages.{i}.layers'
    for number in range(3):
        layer = stage + f'.{{j}}.layer.{number}'
        for own, other in (('conv', 'convolution'), ('bn', 'normalization')):
            part = f'.{{j}}.{own}{number + 1}'
            yield (
                *(f'layer{{up}}{part}',) * 3,
                f'{layer}.{other}',
                f'{{child}}{part}',
            )
    for number, part in enumerate(('convolution', 'normalization')):
        own = f'.0.downsample.{number}'
        yield (
            *(f'layer{{up}}{own}',) * 3,
            f'{stage}.0.shortcut.{part}',
            f'{{child}}{own}',
        )


VGG: Sequence[Row] = (
    ('features.{k}.conv', 'features.{conv}', 'features.{conv}'),
    ('features.{k}.bn', 'features.{norm}', 'features.{norm}'),
)

# fmt: off
CONVNEXT: Sequence[Row] = (
    ('downsample_layers.0.0', 'features.0.0', 'stem.0',
     'embeddings.patch_embeddings', 'downsample_layers.0.0'),
    ('downsample_layers.0.1', 'features.0.1', 'stem.1',
     'embeddings.layernorm', 'downsample_layers.0.1'),
    ('downsample_layers.{up}', 'features.{even}', 'stages.{up}.downsample',
     'encoder.stages.{up}.downsampling_layer', 'downsample_layers.{up}'),
    ('stages.{i}.{j}.depthwise_conv', 'features.{odd}.{j}.block.0',
     'stages.{i}.blocks.{j}.conv_dw',
     'encoder.stages.{i}.layers.{j}.dwconv', 'stages.{i}.{j}.dwconv'),
    ('stages.{i}.{j}.norm', 'features.{odd}.{j}.block.2',
     'stages.{i}.blocks.{j}.norm',
     'encoder.stages.{i}.layers.{j}.layernorm', 'stages.{i}.{j}.norm'),
    ('stages.{i}.{j}.pointwise_conv1', 'features.{odd}.{j}.block.3',
     'stages.{i}.blocks.{j}.mlp.fc1',
     'encoder.stages.{i}.layers.{j}.pwconv1', 'stages.{i}.{j}.pwconv1'),
    ('stages.{i}.{j}.pointwise_conv2', 'features.{odd}.{j}.block.5',
     'stages.{i}.blocks.{j}.mlp.fc2',
     'encoder.stages.{i}.layers.{j}.pwconv2', 'stages.{i}.{j}.pwconv2'),
    ('stages.{i}.{j}.gamma', 'features.{odd}.{j}.layer_scale',
     'stages.{i}.blocks.{j}.gamma',
     'encoder.stages.{i}.layers.{j}.layer_scale_parameter',
     'stages.{i}.{j}.gamma'),
    ('norm3', 'classifier.0', 'head.norm', 'layernorm', 'norm'),
)


def _swin() -> Iterator[Row]:
    yield ('patch_embed.projection', 'features.0.0', 'patch_embed.proj',
           'embeddings.patch_embeddings.projection', 'patch_embed.proj')
    yield ('patch_embed.norm', 'features.0.2', 'patch_embed.norm',
           'embeddings.norm', 'patch_embed.norm')
    parts = (
        ('norm1', 'norm1', 'norm1', 'layernorm_before'),
        ('norm2', 'norm2', 'norm2', 'layernorm_after'),
        ('attn.w_msa.relative_position_bias_table',
         'attn.relative_position_bias_table',
         'attn.relative_position_bias_table',
         'attention.self.relative_position_bias_table'),
        ('attn.w_msa.qkv', 'attn.qkv', 'attn.qkv', 'attention.self.*'),
        ('attn.w_msa.proj', 'attn.proj', 'attn.proj',
         'attention.output.dense'),
        ('ffn.layers.0.0', 'mlp.0', 'mlp.fc1', 'intermediate.dense'),
        ('ffn.layers.1', 'mlp.3', 'mlp.fc2', 'output.dense'),
    )
    for own, torchvision, timm, huggingface in parts:
        yield (
            'stages.{i}.blocks.{j}.' + own,
            'features.{odd}.{j}.' + torchvision,
            'layers.{i}.blocks.{j}.' + timm,
            'encoder.layers.{i}.blocks.{j}.' + huggingface,
            'layers.{i}.blocks.{j}.' + timm,
        )
    # timm merges patches at the start of a stage, the others at its end.
    yield ('stages.{i}.downsample', 'features.{even}',
           'layers.{up}.downsample', 'encoder.layers.{i}.downsample',
           'layers.{i}.downsample')
    yield 'norm3', 'norm', 'norm', 'layernorm', 'norm'


def _vit() -> Iterator[Row]:
    yield ('cls_token', 'class_token', 'cls_token',
           *['embeddings.cls_token'] * 2)
    yield ('pos_embed', 'encoder.pos_embedding', 'pos_embed',
           *['embeddings.position_embeddings'] * 2)
    yield ('patch_embed.projection', 'conv_proj', 'patch_embed.proj',
           *['embeddings.patch_embeddings.projection'] * 2)
    attention = 'attention.attention.*'
    parts = (
        ('ln1', 'ln_1', 'norm1', 'layernorm_before', 'norm1'),
        ('attn.qkv.weight', 'self_attention.in_proj_weight',
         'attn.qkv.weight', f'{attention}.weight', f'{attention}.weight'),
        ('attn.qkv.bias', 'self_attention.in_proj_bias',
         'attn.qkv.bias', f'{attention}.bias', f'{attention}.bias'),
        ('attn.proj', 'self_attention.out_proj', 'attn.proj',
         *['attention.output.dense'] * 2),
        ('attn.gamma1.weight', None, 'ls1.gamma', None,
         'layer_scale1.lambda1'),
        ('ln2', 'ln_2', 'norm2', 'layernorm_after', 'norm2'),
        ('ffn.layers.0.0', 'mlp.0', 'mlp.fc1', 'intermediate.dense',
         'mlp.fc1'),
        ('ffn.layers.1', 'mlp.3', 'mlp.fc2', 'output.dense', 'mlp.fc2'),
        ('ffn.gamma2.weight', None, 'ls2.gamma', None,
         'layer_scale2.lambda1'),
    )
    starts = (
        'layers.{j}.', 'encoder.layers.encoder_layer_{j}.', 'blocks.{j}.',
        'encoder.layer.{j}.', 'encoder.layer.{j}.',
    )
    for row in parts:
        yield tuple(
            None if part is None else start + part
            for start, part in zip(starts, row, strict=True)
        )
    yield 'ln1', 'encoder.ln', 'norm', 'layernorm', 'layernorm'
# fmt: on


TABLES: Mapping[str, Sequence[Row]] = {
    'resnet': tuple(_resnet()),
    'vgg': VGG,
    'convnext': CONVNEXT,
    'swin': tuple(_swin()),
    'vit': tuple(_vit()),
}


def name_pairs(
    family: str, depths: Sequence[int], layout: str
) -> dict[str, str]:
    """All names of mmpretrain and what another library calls them.

    Args:
        family (str): Key of :data:`TABLES`.
        depths (Sequence[int]): Blocks of each stage.
        layout (str): One of :data:`COLUMNS`.

    Returns:
        dict[str, str]: Names of modules and of parameters, some of which a
        network may lack.
    """
    column = 1 + COLUMNS[family].index(layout)
    pairs: dict[str, str] = {}
    for indices in _indices(depths):
        for row in TABLES[family]:
            own, other = row[0], row[column]
            if own is not None and other is not None:
                pairs[own.format(**indices)] = other.format(**indices)
    return pairs


def _indices(depths: Sequence[int]) -> Iterator[dict[str, int]]:
    for i, depth in enumerate(depths):
        for j in range(depth):
            before = sum(depths[:i]) + j
            conv = 3 * before + i
            yield dict(
                i=i,
                j=j,
                up=i + 1,
                odd=2 * i + 1,
                even=2 * i + 2,
                child=i + 4,
                k=before + i,
                conv=conv,
                norm=conv + 1,
            )
