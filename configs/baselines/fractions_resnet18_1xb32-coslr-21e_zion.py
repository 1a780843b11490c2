# The label term of GeoKR alone, from four bands: one view, no teacher.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_zion.py']
model = dict(correction=None, neck=None, head=dict(in_channels=512))
train_dataloader = dict(
    drop_last=True,
    dataset=dict(
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
