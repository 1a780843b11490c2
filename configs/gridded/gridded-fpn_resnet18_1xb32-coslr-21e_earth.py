# Gridded proportions down to 8 x 8 cells, read from a pyramid whose weights
# mmseg and mmdet necks can take over.
_base_ = ['./gridded_resnet18_1xb32-coslr-21e_earth.py']
model = dict(
    backbone=dict(out_indices=(0, 1, 2, 3)),
    neck=dict(_delete_=True, type='geokr_mm.KnowledgeFPN', out_channels=128),
    head=dict(grids=(1, 2, 4, 8), stages=(0, 1, 2, 3)),
)
