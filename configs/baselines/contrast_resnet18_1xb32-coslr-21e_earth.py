# GeoKR's contrast without a map: own pairs only, no label or teacher term.
_base_ = ['../soft_contrast/soft-contrast_resnet18_1xb32-coslr-21e_earth.py']
model = dict(
    head=dict(loss=dict(type='geokr_mm.KnowledgeLoss', loss_weight=0.0)),
    correction=None,
    with_teacher=True,
    terms=dict(soft=dict(own_share=1.0)),
)
# Its head learns nothing, so there is nothing to validate.
val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
