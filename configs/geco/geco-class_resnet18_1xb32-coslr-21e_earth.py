# GeoKR with GeCo: one matrix of label corrections for all patches, learned
# ten times as fast as the network.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_earth.py']
model = dict(label_correction=dict(type='geokr_mm.ClassCorrection'))
optim_wrapper = dict(
    paramwise_cfg=dict(
        custom_keys=dict(label_correction=dict(lr_mult=10.0, decay_mult=0.0))
    )
)
