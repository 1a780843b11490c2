# With the views of its paper.
_base_ = [
    './barlowtwins_resnet18_1xb32-coslr-21e_earth.py',
    '../_base_/datasets/published_views.py',
]
train_dataloader = dict(dataset=dict(pipeline={{_base_.byol_pipeline}}))
