# ViT-S on tokens of 14 x 14 pixels, as DINOv2 has them, which at 252 px are
# 324. Features are their map. DINOv2's scales of layers are in the layers.
_base_ = ['./geokr_resnet18.py']
model = dict(
    backbone=dict(
        _delete_=True,
        type='VisionTransformer',
        arch='deit-small',
        img_size=252,
        patch_size=14,
        drop_path_rate=0.1,
        out_type='featmap',
    ),
)
