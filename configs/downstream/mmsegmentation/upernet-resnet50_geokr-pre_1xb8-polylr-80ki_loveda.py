# LoveDA, UperNet on ResNet-50. Protocol: see dense_loveda.py.
_base_ = [
    '../_base_/datasets/dense_loveda.py',
    '../_base_/models/upernet_resnet50_geokr-pre.py',
    '../_base_/schedules/dense_80ki.py',
    '../_base_/iter_runtime.py',
]
model = dict(
    decode_head=dict(num_classes=7),
    auxiliary_head=dict(num_classes=7),
)
