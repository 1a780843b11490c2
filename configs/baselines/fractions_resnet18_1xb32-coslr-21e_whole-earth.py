# The label term of GeoKR alone: one view, no teacher.
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
    correction=None,
)
train_dataloader = dict(
    batch_size=32,
    drop_last=True,
    dataset=dict(
        index=index,
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(
                type='MultiView',
                num_views=[1],
                transforms=[{{_base_.view}}],
            ),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
custom_hooks = [dict(type='geokr_mm.KnowledgeCardHook')]
