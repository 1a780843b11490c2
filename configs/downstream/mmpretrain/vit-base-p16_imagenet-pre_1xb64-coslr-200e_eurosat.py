# EuroSAT, ViT-B fine-tuned.
# Protocol: see scenes_eurosat.py.
_base_ = [
    '../_base_/datasets/scenes_eurosat.py',
    '../_base_/models/vit-base-p16_imagenet-pre.py',
    '../_base_/schedules/finetune_200e.py',
    '../_base_/epoch_runtime.py',
]
benchmark = dict(protocol='fine-tune')
model = dict(head=dict(num_classes=10))
