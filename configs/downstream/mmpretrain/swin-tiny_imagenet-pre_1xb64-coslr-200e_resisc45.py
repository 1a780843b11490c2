# NWPU-RESISC45, Swin-T fine-tuned.
# Protocol: see scenes_resisc45.py.
_base_ = [
    '../_base_/datasets/scenes_resisc45.py',
    '../_base_/models/swin-tiny_imagenet-pre.py',
    '../_base_/schedules/finetune_200e.py',
    '../_base_/epoch_runtime.py',
]
benchmark = dict(protocol='fine-tune')
model = dict(head=dict(num_classes=45))
