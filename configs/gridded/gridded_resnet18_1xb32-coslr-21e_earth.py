# GeoKR with gridded proportions: class fractions of whole patches and of 2 x 2
# cells, the last map of a ResNet-18 at 64 pixels. A projector would pool the
# map. configs/geokr/README.md has the index command; add `--grid 8`.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_views.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/earth.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    neck=None,
    head=dict(type='geokr_mm.GriddedKnowledgeHead', grids=(1, 2)),
)
train_dataloader = dict(dataset=dict(index=index))
