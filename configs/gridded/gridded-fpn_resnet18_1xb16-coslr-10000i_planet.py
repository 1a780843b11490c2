# Class fractions of the synthetic planet, to be read as a map: a narrow
# network, whole patches, little jitter. README.md has the commands.
_base_ = ['gridded-fpn_resnet18_1xb32-coslr-21e_zion.py']
index = 'data/planet150/index.parquet'
bands = ['red', 'green', 'blue', 'nir']
steps = 10000
model = dict(
    # Of the index; snow stretches it, so that most pixels are dark.
    data_preprocessor=dict(
        mean=[42.7, 38.0, 34.3, 116.5], std=[36.6, 32.4, 33.5, 49.0]
    ),
    backbone=dict(stem_channels=32, base_channels=32),
    neck=dict(out_channels=64),
)
train_dataloader = dict(
    batch_size=16,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True),
    dataset=dict(
        index=index,
        bands=bands,
        val_share=0.25,
        place_degrees=0.5,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(
                type='geokr_mm.KnowledgeViews',
                num_views=2,
                transforms=[
                    dict(type='geokr_mm.RandomOrientation'),
                    dict(
                        type='geokr_mm.BandJitter',
                        brightness=(0.9, 1.1),
                        contrast=(0.9, 1.1),
                        saturation=(0.9, 1.1),
                        per_band=0.03,
                    ),
                ],
            ),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
val_dataloader = dict(num_workers=0, persistent_workers=False)
optim_wrapper = dict(
    type='geokr_mm.BFloat16OptimWrapper', optimizer=dict(fused=True)
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, by_epoch=False, begin=0, end=500),
    dict(
        type='CosineAnnealingLR',
        T_max=steps - 500,
        eta_min=1e-6,
        by_epoch=False,
        begin=500,
        end=steps,
    ),
]
train_cfg = dict(
    _delete_=True,
    type='IterBasedTrainLoop',
    max_iters=steps,
    val_interval=steps,
)
default_hooks = dict(
    logger=dict(interval=100), checkpoint=dict(by_epoch=False, interval=1000)
)
log_processor = dict(by_epoch=False)
auto_scale_lr = dict(base_batch_size=16)
