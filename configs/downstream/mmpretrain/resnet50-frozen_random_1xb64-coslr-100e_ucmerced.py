# UC Merced, a linear layer on a frozen ResNet-50.
# Protocol: see scenes_ucmerced.py.
_base_ = [
    '../_base_/datasets/scenes_ucmerced.py',
    '../_base_/models/resnet50.py',
    '../_base_/schedules/linear_100e.py',
    '../_base_/epoch_runtime.py',
]
benchmark = dict(protocol='frozen')
model = dict(
    backbone=dict(frozen_stages=4, norm_eval=True),
    head=dict(num_classes=21),
)
