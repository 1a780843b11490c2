# HRC_WHU, UperNet on ResNet-50. Protocol: see dense_hrc_whu.py.
_base_ = [
    '../_base_/datasets/dense_hrc_whu.py',
    '../_base_/models/upernet_resnet50.py',
    '../_base_/schedules/dense_80ki.py',
    '../_base_/iter_runtime.py',
]
model = dict(
    decode_head=dict(num_classes=2),
    auxiliary_head=dict(num_classes=2),
)
