# BigEarthNet-S2, ResNet-50 fine-tuned.
# Protocol: see scenes_bigearthnet.py.
_base_ = [
    '../_base_/datasets/scenes_bigearthnet.py',
    '../_base_/models/resnet50.py',
    '../_base_/schedules/finetune_100e.py',
    '../_base_/epoch_runtime.py',
]
benchmark = dict(protocol='fine-tune')
model = dict(
    backbone=dict(in_channels=12),
    head=dict(
        _delete_=True,
        type='MultiLabelLinearClsHead',
        num_classes=19,
        in_channels=2048,
    ),
)
