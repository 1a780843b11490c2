# One Landsat 8 scene in four files and NLCD, four years older, on another
# grid. Four bands by name (blue, green, red, near infrared), so the first
# convolution has four inputs. README.md in this folder has the index command.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_4band.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/zion/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    backbone=dict(in_channels=4),
    # Projector and decorrelation as for whole-earth; not exported.
    neck=dict(
        type='NonLinearNeck',
        in_channels=512,
        hid_channels=1024,
        out_channels=256,
        num_layers=2,
        with_last_bn=True,
    ),
    head=dict(num_classes=16, in_channels=256),
    terms=dict(spread=dict(type='geokr_mm.FeatureDecorrelation')),
)
# Batch norm of the projector has no mean to take from a single patch.
train_dataloader = dict(drop_last=True, dataset=dict(index=index))
custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    # The backbone starts from the images.
    dict(type='geokr_mm.WhiteningHook'),
    dict(type='geokr_mm.EMATeacherHook', momentum=0.99, buffers=True),
    # Late: until the teacher knows something it holds the student back.
    dict(type='geokr_mm.CorrectionRampHook', share=1.0, shape='sigmoid'),
]
