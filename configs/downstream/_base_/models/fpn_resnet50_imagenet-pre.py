# Needs the net, or the file in the cache of torch.hub.
_base_ = './fpn_resnet50.py'
checkpoint = 'torchvision://resnet50'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
