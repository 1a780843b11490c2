# GeoKR with place clusters: which of 64 places a patch lies nearest to.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_earth.py']
model = dict(
    terms=dict(
        place=dict(
            type='geokr_mm.PlaceClusters', num_places=64, loss_weight=0.3
        )
    )
)
