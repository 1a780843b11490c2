# VGG-16 with batch norm, one of the two backbones of the paper.
_base_ = ['./geokr_resnet18.py']
model = dict(
    backbone=dict(
        _delete_=True,
        type='VGG',
        depth=16,
        norm_cfg=dict(type='BN'),
        with_last_pool=True,
    ),
)
