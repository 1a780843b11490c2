# Made by: tools/import_backbone.py, see docs/starts.md.
_base_ = './swin-tiny.py'
checkpoint = 'starts/swin-tiny_imagenet.pth'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
