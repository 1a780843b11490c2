# ViT-L from scratch on RGB, 256 px, spread over eight GPUs (FSDP).
_base_ = [
    '../_base_/models/geokr_vit-large-p16.py',
    '../_base_/datasets/knowledge_rgb_256px.py',
    '../_base_/schedules/adamw_cosine_8xb64_transformer.py',
    '../_base_/default_runtime.py',
]
index = 'data/rgb/index.parquet'
model = dict(
    data_preprocessor={{_base_.data_preprocessor}},
)
train_dataloader = dict(dataset=dict(index=index))
# Student, teacher and optimiser do not fit each GPU whole.
runner_type = 'geokr_mm.ShardedRunner'
