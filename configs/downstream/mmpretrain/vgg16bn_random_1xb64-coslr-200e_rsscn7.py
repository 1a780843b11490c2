# RSSCN7, VGG-16 fine-tuned.
# Protocol: see scenes_rsscn7.py.
_base_ = [
    '../_base_/datasets/scenes_rsscn7.py',
    '../_base_/models/vgg16bn.py',
    '../_base_/schedules/finetune_200e.py',
    '../_base_/epoch_runtime.py',
]
benchmark = dict(protocol='fine-tune')
model = dict(head=dict(num_classes=7))
