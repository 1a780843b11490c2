# GeoKR with contrast of patches. All patches lie in one scene, so that place
# clusters have nothing to tell apart.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_zion.py']
model = dict(
    terms=dict(
        soft=dict(
            type='geokr_mm.SoftContrast',
            num_classes=16,
            # What tells patches apart need not pass the neck.
            after_neck=False,
            in_channels=512,
            queue_length=1024,
            own_share=1.0,
            loss_weight=1.0,
        ),
    ),
)
