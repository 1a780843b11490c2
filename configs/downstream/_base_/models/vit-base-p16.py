# ViT-B on tokens of 16 x 16 pixels, as in pre-training, and one linear layer.
# Embeddings of positions are those of 256 px and fit other sizes as they run.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='VisionTransformer',
        arch='deit-base',
        img_size=256,
        patch_size=16,
        drop_path_rate=0.1,
        out_type='featmap',
    ),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        in_channels=768,
        loss=dict(type='CrossEntropyLoss'),
        topk=(1,),
    ),
)
default_scope = 'mmpretrain'
