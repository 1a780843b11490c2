# GeoKR, and where and how large, with learned weights of all but the ramped
# teacher term. Delete a term to switch it off. One image has one month, so
# geokr_mm.MonthTerm, for sets of many dates, is not among them.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/whole_earth/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    head=dict(num_classes=20),
    terms=dict(
        place=dict(
            type='geokr_mm.PlaceClusters',
            in_channels=512,
            num_places=64,
            loss_weight=1.0,
        ),
        harmonics=dict(
            type='geokr_mm.PlaceHarmonics',
            in_channels=512,
            degree=10,
            loss_weight=1.0,
        ),
        gsd=dict(
            type='geokr_mm.GroundResolution',
            in_channels=512,
            typical=6000.0,
            loss_weight=1.0,
        ),
    ),
    uncertainty=dict(
        type='geokr_mm.UncertaintyWeights',
        names=[
            'loss_knowledge',
            'loss_place',
            'loss_harmonics',
            'loss_gsd',
        ],
    ),
)
train_dataloader = dict(batch_size=32, dataset=dict(index=index))
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys=dict(uncertainty=dict(lr_mult=10.0, decay_mult=0.0))
    )
)
custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    dict(type='geokr_mm.PlaceClustersHook'),
    dict(type='geokr_mm.EMATeacherHook', momentum=0.99, buffers=True),
    dict(type='geokr_mm.CorrectionRampHook', share=0.5),
]
