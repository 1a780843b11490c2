# The pre-training of `make demo`: minutes on two CPU cores, so 5,800 passes
# of the student only. Longer runs start from geokr_resnet18_1xb32-21e_whole-earth.
_base_ = [
    '../_base_/models/geokr_resnet18.py',
    '../_base_/datasets/knowledge_rgb.py', '../_base_/default_runtime.py'
]
index = 'demo/index.parquet'
iterations = 180
model = dict(data_preprocessor={{_base_.data_preprocessor}})
train_dataloader = dict(
    batch_size=32,
    num_workers=0,
    persistent_workers=False,
    sampler=dict(_delete_=True, type='InfiniteSampler', shuffle=True),
    dataset=dict(index=index))

optim_wrapper = dict(
    type='OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    paramwise_cfg=dict(bias_decay_mult=0.0, norm_decay_mult=0.0))
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.1,
        by_epoch=False,
        begin=0,
        end=iterations // 10),
    dict(
        type='CosineAnnealingLR',
        T_max=iterations - iterations // 10,
        eta_min=1e-6,
        by_epoch=False,
        begin=iterations // 10,
        end=iterations),
]
train_cfg = dict(type='IterBasedTrainLoop', max_iters=iterations)
# So few steps need a teacher that forgets its random start sooner.
custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    dict(type='geokr_mm.EMATeacherHook', momentum=0.97, buffers=True),
    dict(type='geokr_mm.CorrectionRampHook', share=0.5),
]
default_hooks = dict(
    logger=dict(interval=5),
    checkpoint=dict(
        by_epoch=False,
        interval=iterations,
        max_keep_ckpts=1,
        save_optimizer=False))
log_processor = dict(window_size=5, by_epoch=False)
