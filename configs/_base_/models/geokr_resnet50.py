# ResNet-50, the main backbone of the paper.
_base_ = ['./geokr_resnet18.py']
model = dict(backbone=dict(depth=50))
