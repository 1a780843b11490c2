# Differs from its base, the twin that starts at random, in init_cfg only.
# Needs the net, or the file in the cache of torch.hub.
_base_ = './fpn-resnet18_random_1xb8-coslr-150i_world-cover.py'
checkpoint = 'torchvision://resnet18'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
