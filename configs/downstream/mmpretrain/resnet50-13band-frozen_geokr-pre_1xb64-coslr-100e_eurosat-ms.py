# EuroSAT in 13 bands, a linear layer on a frozen ResNet-50.
# Protocol: see scenes_eurosat_ms.py.
_base_ = [
    '../_base_/datasets/scenes_eurosat_ms.py',
    '../_base_/models/resnet50_geokr-pre.py',
    '../_base_/schedules/linear_100e.py',
    '../_base_/epoch_runtime.py',
]
benchmark = dict(protocol='frozen')
model = dict(
    backbone=dict(in_channels=13, frozen_stages=4, norm_eval=True),
    head=dict(num_classes=10),
)
