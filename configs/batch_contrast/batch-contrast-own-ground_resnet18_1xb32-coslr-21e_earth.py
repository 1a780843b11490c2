# Smaller crops, each with the class fractions of its own ground; build the
# index with --grid 8.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_views.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/earth.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    neck=None,
    student_views=2,
    correction=None,
    terms=dict(contrast=dict(type='geokr_mm.BatchContrast', loss_weight=0.3)),
)
train_dataloader = dict(dataset=dict(index=index))
crop = _base_.train_dataloader.dataset.pipeline[1]['transforms'][0]
crop['crop_ratio_range'] = (0.2, 1.0)
