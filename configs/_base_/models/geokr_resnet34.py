# ResNet-34.
_base_ = ['./geokr_resnet18.py']
model = dict(backbone=dict(depth=34))
