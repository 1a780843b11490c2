# MAE (He et al., arXiv 2111.06377): ViT-S on 8 x 8 tokens of 8 x 8 pixels,
# for a convolutional network cannot leave tokens out. One view; its colours
# are the target, so they are not jittered. AdamW with a lower rate and the
# published second momentum; 1e-3 is for networks with batch norm.
_base_ = [
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/earth.parquet'
model = dict(
    type='MAE',
    backbone=dict(
        type='MAEViT',
        arch='deit-small',
        img_size=64,
        patch_size=8,
        mask_ratio=0.75,
    ),
    neck=dict(
        type='MAEPretrainDecoder',
        num_patches=64,
        patch_size=8,
        in_chans=3,
        embed_dim=384,
        decoder_embed_dim=192,
        decoder_depth=2,
        decoder_num_heads=6,
        mlp_ratio=4,
    ),
    head=dict(
        type='MAEPretrainHead',
        norm_pix=True,
        patch_size=8,
        loss=dict(type='PixelReconstructionLoss', criterion='L2'),
    ),
    init_cfg=[
        dict(type='Xavier', layer='Linear', distribution='uniform'),
        dict(type='Constant', layer='LayerNorm', val=1.0, bias=0.0),
    ],
    data_preprocessor={{_base_.data_preprocessor}},
)
train_dataloader = dict(
    dataset=dict(
        index=index,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(
                type='RandomResizedCrop',
                scale=64,
                crop_ratio_range=(0.5, 1.0),
                aspect_ratio_range=(1.0, 1.0),
            ),
            dict(type='RandomFlip', prob=0.5, direction='horizontal'),
            dict(type='geokr_mm.RandomRightAngle'),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
optim_wrapper = dict(optimizer=dict(lr=3e-4, betas=(0.9, 0.95)))
