_base_ = './vgg16bn.py'
checkpoint = '{{$GEOKR_CHECKPOINT:backbone.pth}}'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
