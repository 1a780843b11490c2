# ResNet-50 and one linear layer. Configs give the number of classes.
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='ResNet', depth=50, out_indices=(3,), zero_init_residual=False
    ),
    neck=dict(type='GlobalAveragePooling'),
    head=dict(
        type='LinearClsHead',
        in_channels=2048,
        loss=dict(type='CrossEntropyLoss'),
        topk=(1,),
    ),
)
default_scope = 'mmpretrain'
