# UC Merced, ResNet-50 fine-tuned.
# Protocol: see scenes_ucmerced.py.
_base_ = [
    '../_base_/datasets/scenes_ucmerced.py',
    '../_base_/models/resnet50_imagenet-pre.py',
    '../_base_/schedules/finetune_200e.py',
    '../_base_/epoch_runtime.py',
]
benchmark = dict(protocol='fine-tune')
model = dict(head=dict(num_classes=21))
