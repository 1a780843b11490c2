# DIOR, Faster R-CNN on ResNet-50. Protocol: see boxes_dior.py.
_base_ = [
    '../_base_/datasets/boxes_dior.py',
    '../_base_/models/faster-rcnn_resnet50_geokr-pre.py',
    '../_base_/schedules/boxes_12e.py',
    '../_base_/epoch_runtime.py',
]
model = dict(roi_head=dict(bbox_head=dict(num_classes=20)))
