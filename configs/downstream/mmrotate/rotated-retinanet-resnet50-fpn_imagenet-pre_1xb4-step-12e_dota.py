# DOTA v1.0, rotated RetinaNet on ResNet-50. Protocol: see rotated_dota.py.
_base_ = [
    '../_base_/datasets/rotated_dota.py',
    '../_base_/models/rotated-retinanet_resnet50_imagenet-pre.py',
    '../_base_/schedules/boxes_12e.py',
    '../_base_/epoch_runtime.py',
]
model = dict(bbox_head=dict(num_classes=15))
