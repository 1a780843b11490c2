# LEVIR, RetinaNet on ResNet-50. Protocol: see boxes_levir.py.
_base_ = [
    '../_base_/datasets/boxes_levir.py',
    '../_base_/models/retinanet_resnet50_geokr-pre.py',
    '../_base_/schedules/boxes_24e.py',
    '../_base_/epoch_runtime.py',
]
model = dict(bbox_head=dict(num_classes=3))
