# Differs from its base, the twin that starts at random, in init_cfg only.
# Needs the net, or the file in the cache of torch.hub.
_base_ = './faster-rcnn-resnet18-fpn_random_1xb4-coslr-24e_nwpu-vhr10.py'
checkpoint = 'torchvision://resnet18'
model = dict(
    backbone=dict(init_cfg=dict(type='Pretrained', checkpoint=checkpoint))
)
