# Chesapeake, UperNet on ResNet-50. Protocol: see dense_chesapeake.py.
_base_ = [
    '../_base_/datasets/dense_chesapeake.py',
    '../_base_/models/upernet_resnet50.py',
    '../_base_/schedules/dense_80ki.py',
    '../_base_/iter_runtime.py',
]
model = dict(
    backbone=dict(in_channels=4),
    decode_head=dict(num_classes=4),
    auxiliary_head=dict(num_classes=4),
)
