# NWPU VHR-10, RetinaNet on ResNet-50. Protocol: see boxes_nwpu_vhr10.py.
_base_ = [
    '../_base_/datasets/boxes_nwpu_vhr10.py',
    '../_base_/models/retinanet_resnet50_imagenet-pre.py',
    '../_base_/schedules/boxes_24e.py',
    '../_base_/epoch_runtime.py',
]
model = dict(bbox_head=dict(num_classes=10))
