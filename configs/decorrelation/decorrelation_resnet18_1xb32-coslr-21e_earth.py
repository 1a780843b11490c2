# GeoKR with decorrelated features.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_earth.py']
model = dict(terms=dict(spread=dict(type='geokr_mm.FeatureDecorrelation')))
