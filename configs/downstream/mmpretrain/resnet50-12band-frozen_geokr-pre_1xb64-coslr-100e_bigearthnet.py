# BigEarthNet-S2, a linear layer on a frozen ResNet-50.
# Protocol: see scenes_bigearthnet.py.
_base_ = [
    '../_base_/datasets/scenes_bigearthnet.py',
    '../_base_/models/resnet50_geokr-pre.py',
    '../_base_/schedules/linear_100e.py',
    '../_base_/epoch_runtime.py',
]
benchmark = dict(protocol='frozen')
model = dict(
    backbone=dict(in_channels=12, frozen_stages=4, norm_eval=True),
    head=dict(
        _delete_=True,
        type='MultiLabelLinearClsHead',
        num_classes=19,
        in_channels=2048,
    ),
)
