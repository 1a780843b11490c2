_base_ = './vit-base-p16.py'
checkpoint = '{{$GEOKR_CHECKPOINT:backbone.pth}}'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
