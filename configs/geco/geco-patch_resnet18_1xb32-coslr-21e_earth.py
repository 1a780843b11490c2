# GeoKR with GeCo: one row of label corrections for each patch.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_earth.py']
model = dict(label_correction=dict(type='geokr_mm.PatchCorrection'))
# The label of every patch is corrected, so none is held out.
train_dataloader = dict(dataset=dict(places='all'))
val_dataloader = val_evaluator = val_cfg = None
test_dataloader = test_evaluator = test_cfg = None
