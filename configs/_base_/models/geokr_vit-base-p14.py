# ViT-B as DINOv2 has it: tokens of 14 x 14 pixels, which at 252 px are 324,
# and a scale for each layer. Features are the map of the tokens.
_base_ = ['./geokr_resnet18.py']
model = dict(
    backbone=dict(
        _delete_=True,
        type='VisionTransformer',
        arch='deit-base',
        img_size=252,
        patch_size=14,
        drop_path_rate=0.1,
        layer_scale_init_value=1e-5,
        out_type='featmap',
    ),
)
