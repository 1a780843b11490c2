# One global image and a coarse global map: 1,526 patches, 21 epochs, so
# about 32,000 student passes. README.md in this folder has the index command.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/whole_earth/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    # What is particular to the map's classes settles in this projector, which
    # is not exported.
    neck=dict(
        type='NonLinearNeck',
        in_channels=512,
        hid_channels=1024,
        out_channels=256,
        num_layers=2,
        with_last_bn=True,
    ),
    head=dict(num_classes=20, in_channels=256),
    # Keeps the backbone's features from all telling the same.
    terms=dict(spread=dict(type='geokr_mm.FeatureDecorrelation')),
)
# Batch norm of the projector has no mean to take from a single patch.
train_dataloader = dict(
    batch_size=32, drop_last=True, dataset=dict(index=index)
)
custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    # The backbone starts from the images.
    dict(type='geokr_mm.WhiteningHook'),
    dict(type='geokr_mm.EMATeacherHook', momentum=0.99, buffers=True),
    # Late: until the teacher knows something it holds the student back.
    dict(type='geokr_mm.CorrectionRampHook', share=1.0, shape='sigmoid'),
]
