# Differs from its base, the twin that starts at random, in init_cfg only.
_base_ = './fcn-resnet18-frozen_random_1xb16-coslr-200i_climate-zones.py'
checkpoint = '{{$GEOKR_CHECKPOINT:backbone.pth}}'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
