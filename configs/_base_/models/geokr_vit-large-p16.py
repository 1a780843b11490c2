# ViT-L on tokens of 16 x 16 pixels, which at 256 px are 256. Features are the
# map of these; the class token is kept, since most starts hold one.
_base_ = ['./geokr_resnet18.py']
model = dict(
    backbone=dict(
        _delete_=True,
        type='VisionTransformer',
        arch='large',
        img_size=256,
        patch_size=16,
        drop_path_rate=0.2,
        out_type='featmap',
    ),
)
