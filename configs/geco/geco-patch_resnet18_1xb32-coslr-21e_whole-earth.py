# One row of corrections for each patch. No teacher: the correction takes its
# place.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py',
    '../_base_/default_runtime.py',
]
index = 'data/whole_earth/index.parquet'
num_classes = 20
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
    head=dict(num_classes=num_classes),
    correction=None,
    label_correction=dict(
        type='geokr_mm.PatchCorrection', num_classes=num_classes
    ),
)
train_dataloader = dict(batch_size=32, dataset=dict(index=index))
custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    dict(type='geokr_mm.ProgressHook'),
    dict(type='geokr_mm.LabelCorrectionHook'),
]
