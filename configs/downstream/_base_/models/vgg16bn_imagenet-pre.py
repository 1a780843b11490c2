# Made by: tools/import_backbone.py, see docs/starts.md.
_base_ = './vgg16bn.py'
checkpoint = 'starts/vgg16bn_imagenet.pth'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
