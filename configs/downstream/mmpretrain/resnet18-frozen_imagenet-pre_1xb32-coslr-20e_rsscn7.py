# Differs from its base, the twin that starts at random, in init_cfg only.
# Needs the net, or the file in the cache of torch.hub.
_base_ = './resnet18-frozen_random_1xb32-coslr-20e_rsscn7.py'
checkpoint = 'torchvision://resnet18'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
