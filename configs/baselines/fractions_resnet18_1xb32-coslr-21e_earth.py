# The label term of GeoKR alone: one view, no teacher.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_earth.py']
model = dict(correction=None)
train_dataloader = dict(
    dataset=dict(
        pipeline=[
            dict(type='geokr_mm.LoadPatch'),
            dict(
                type='MultiView', num_views=[1], transforms=[{{_base_.view}}]
            ),
            dict(type='geokr_mm.PackKnowledgeInputs'),
        ],
    ),
)
