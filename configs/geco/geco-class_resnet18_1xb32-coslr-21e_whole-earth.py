# One matrix of corrections for all patches, learned ten times as fast as the
# network.
_base_ = ['./geco-patch_resnet18_1xb32-coslr-21e_whole-earth.py']
model = dict(
    label_correction=dict(
        _delete_=True, type='geokr_mm.ClassCorrection', num_classes=20
    )
)
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys=dict(label_correction=dict(lr_mult=10.0, decay_mult=0.0))
    )
)
