# Cloud pairs, UperNet on ResNet-50. Protocol: see dense_cloud_pairs.py.
_base_ = [
    '../_base_/datasets/dense_cloud_pairs.py',
    '../_base_/models/upernet_resnet50.py',
    '../_base_/schedules/dense_80ki.py',
    '../_base_/iter_runtime.py',
]
model = dict(
    decode_head=dict(num_classes=2),
    auxiliary_head=dict(num_classes=2),
)
