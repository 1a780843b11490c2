# Swin-T for images of any size: maps that windows do not divide are padded, as
# in dense tasks.
_base_ = ['./geokr_resnet18.py']
model = dict(
    backbone=dict(
        _delete_=True,
        type='SwinTransformer',
        arch='tiny',
        drop_path_rate=0.1,
        pad_small_map=True,
        out_indices=(3,),
    ),
)
