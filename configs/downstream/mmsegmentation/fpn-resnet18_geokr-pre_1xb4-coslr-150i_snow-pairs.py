# Differs from its base, the twin that starts at random, in init_cfg only.
_base_ = './fpn-resnet18_random_1xb4-coslr-150i_snow-pairs.py'
checkpoint = '{{$GEOKR_CHECKPOINT:backbone.pth}}'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
