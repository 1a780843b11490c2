# Swin-T, as in pre-training, and one linear layer.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='SwinTransformer',
        arch='tiny',
        drop_path_rate=0.1,
        pad_small_map=True,
        out_indices=(3,),
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
