# Differs from its base, the twin that starts at random, in init_cfg only.
_base_ = './resnet18_random_1xb32-coslr-20e_rsscn7.py'
checkpoint = '{{$GEOKR_CHECKPOINT:backbone.pth}}'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
