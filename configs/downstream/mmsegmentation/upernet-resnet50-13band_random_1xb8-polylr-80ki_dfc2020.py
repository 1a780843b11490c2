# DFC2020, UperNet on ResNet-50. Protocol: see dense_dfc2020.py.
_base_ = [
    '../_base_/datasets/dense_dfc2020.py',
    '../_base_/models/upernet_resnet50.py',
    '../_base_/schedules/dense_80ki.py',
    '../_base_/iter_runtime.py',
]
model = dict(
    backbone=dict(in_channels=13),
    decode_head=dict(num_classes=8),
    auxiliary_head=dict(num_classes=8),
)
