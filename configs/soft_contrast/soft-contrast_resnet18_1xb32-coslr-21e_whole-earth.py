# GeoKR and a contrast of the student's views with the teacher's, of this
# batch and of 1,024 patches before it. configs/geokr/README.md has the index
# command; add `--grid 8`.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_views.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/whole_earth/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    head=dict(num_classes=20),
    terms=dict(
        soft=dict(
            type='geokr_mm.SoftContrast',
            num_classes=20,
            in_channels=512,
            queue_length=1024,
            temperature=0.2,
            target_temperature=0.1,
        )
    ),
)
train_dataloader = dict(batch_size=32, dataset=dict(index=index))
