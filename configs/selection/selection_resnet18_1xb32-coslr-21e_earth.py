# GeoKR with weights of patches by how well label, student and teacher agree.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_earth.py']
model = dict(selection=dict(type='geokr_mm.ConfidenceSelection'))
