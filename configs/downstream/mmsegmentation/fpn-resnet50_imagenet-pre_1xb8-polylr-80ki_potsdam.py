# ISPRS Potsdam, FPN on ResNet-50. Protocol: see dense_potsdam.py.
_base_ = [
    '../_base_/datasets/dense_potsdam.py',
    '../_base_/models/fpn_resnet50_imagenet-pre.py',
    '../_base_/schedules/dense_80ki.py',
    '../_base_/iter_runtime.py',
]
model = dict(
    decode_head=dict(num_classes=6),
)
