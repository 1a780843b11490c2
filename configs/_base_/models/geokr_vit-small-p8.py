# ViT-S on tokens of 8 x 8 pixels, which at 64 px are 64; without a class
# token, so that the features are a map.
_base_ = ['./geokr_resnet18.py']
model = dict(
    backbone=dict(
        _delete_=True,
        type='VisionTransformer',
        arch='deit-small',
        img_size=64,
        patch_size=8,
        drop_path_rate=0.1,
        with_cls_token=False,
        out_type='featmap',
    ),
)
