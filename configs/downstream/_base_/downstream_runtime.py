# What all downstream runs share.
default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=10),
    param_scheduler=dict(type='ParamSchedulerHook'),
    # At the end only.
    checkpoint=dict(
        type='CheckpointHook',
        interval=-1,
        max_keep_ckpts=1,
        save_optimizer=False,
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
)
# Stops a run whose backbone did not load completely.
custom_hooks = [dict(type='geokr_mm.PretrainedGuardHook')]
env_cfg = dict(
    cudnn_benchmark=False,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)
log_level = 'INFO'
load_from = None
resume = False
randomness = dict(seed=0)
