# Differs from its base, the twin that starts at random, in init_cfg only.
_base_ = './faster-rcnn-resnet18-fpn_random_1xb4-coslr-24e_nwpu-vhr10.py'
checkpoint = '{{$GEOKR_CHECKPOINT:backbone.pth}}'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
