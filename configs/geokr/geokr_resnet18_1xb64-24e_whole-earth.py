# One global image, a coarse global map: about 32,000 student passes.
# Index: python tools/build_index.py --product glcnmo --legend native
#        --patch-size 64 ... (see README.md in this folder)
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py',
    '../_base_/schedules/adamw_cosine.py', '../_base_/default_runtime.py'
]
index = 'data/whole_earth/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}}, head=dict(num_classes=20))
train_dataloader = dict(dataset=dict(index=index))
