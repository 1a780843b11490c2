# EuroSAT in 13 bands, ResNet-50 fine-tuned.
# Protocol: see scenes_eurosat_ms.py.
_base_ = [
    '../_base_/datasets/scenes_eurosat_ms.py',
    '../_base_/models/resnet50.py',
    '../_base_/schedules/finetune_200e.py',
    '../_base_/epoch_runtime.py',
]
benchmark = dict(protocol='fine-tune')
model = dict(backbone=dict(in_channels=13), head=dict(num_classes=10))
