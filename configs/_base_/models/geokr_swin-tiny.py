# Swin-T for 64 px: maps smaller than a window are padded, as in dense tasks.
_base_ = ['./geokr_resnet18.py']
model = dict(
    backbone=dict(
        _delete_=True,
        type='SwinTransformer',
        arch='tiny',
        img_size=64,
        drop_path_rate=0.1,
        pad_small_map=True,
        out_indices=(3,),
    ),
)
