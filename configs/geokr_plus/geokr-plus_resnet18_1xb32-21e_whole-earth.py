# GeoKR with a projector between backbone and head, contrast of patches and
# place clusters. configs/geokr/README.md has the index command.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/whole_earth/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    neck=dict(
        type='NonLinearNeck',
        in_channels=512,
        hid_channels=1024,
        out_channels=256,
        num_layers=2,
        with_last_bn=True,
    ),
    head=dict(num_classes=20, in_channels=256),
    terms=dict(
        soft=dict(
            type='geokr_mm.SoftContrast',
            num_classes=20,
            in_channels=256,
            queue_length=1024,
            own_share=1.0,
            loss_weight=1.0,
        ),
        place=dict(
            type='geokr_mm.PlaceClusters',
            in_channels=256,
            num_places=64,
            loss_weight=0.3,
        ),
    ),
)
train_dataloader = dict(batch_size=32, dataset=dict(index=index))
custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    dict(type='geokr_mm.PlaceClustersHook'),
    dict(type='geokr_mm.EMATeacherHook', momentum=0.99, buffers=True),
    dict(type='geokr_mm.CorrectionRampHook', share=0.5),
]
