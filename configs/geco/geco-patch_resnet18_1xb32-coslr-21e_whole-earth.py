# GeoKR with GeCo: one row of label corrections for each patch.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_whole-earth.py']
model = dict(label_correction=dict(type='geokr_mm.PatchCorrection'))
