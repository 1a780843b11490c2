# Levir_CS, UperNet on ResNet-50. Protocol: see dense_levir_cs.py.
_base_ = [
    '../_base_/datasets/dense_levir_cs.py',
    '../_base_/models/upernet_resnet50.py',
    '../_base_/schedules/cloud_200ki.py',
    '../_base_/iter_runtime.py',
]
model = dict(
    backbone=dict(in_channels=4),
    decode_head=dict(num_classes=3),
    auxiliary_head=dict(num_classes=3),
)
