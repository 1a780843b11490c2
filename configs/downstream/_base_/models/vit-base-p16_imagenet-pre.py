# Made by: tools/import_backbone.py, see docs/starts.md.
_base_ = './vit-base-p16.py'
checkpoint = 'starts/vit-base-p16_imagenet.pth'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
