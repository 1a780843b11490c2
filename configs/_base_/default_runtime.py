# Pre-training runs in mmpretrain's scope; our own modules carry a prefix.
default_scope = 'mmpretrain'

default_hooks = dict(
    timer=dict(type='IterTimerHook'),
    logger=dict(type='LoggerHook', interval=20),
    param_scheduler=dict(type='ParamSchedulerHook'),
    checkpoint=dict(
        type='geokr_mm.DurableCheckpointHook', interval=1, max_keep_ckpts=2
    ),
    sampler_seed=dict(type='DistSamplerSeedHook'),
    # Here, where no config drops them by giving its own custom_hooks. Those
    # that find nothing to do in a model leave it alone.
    knowledge_card=dict(type='geokr_mm.KnowledgeCardHook'),
    ema_teacher=dict(type='geokr_mm.EMATeacherHook', momentum=0.99),
    parts=dict(type='geokr_mm.PartsHook'),
    pretrained_guard=dict(type='geokr_mm.PretrainedGuardHook'),
    non_finite=dict(type='geokr_mm.NonFiniteHook', most=10),
    sanity_check=dict(type='geokr_mm.SanityCheckHook'),
    step_size=dict(type='geokr_mm.StepSizeHook'),
    process_mean=dict(type='geokr_mm.ProcessMeanHook'),
)

env_cfg = dict(
    cudnn_benchmark=True,
    mp_cfg=dict(mp_start_method='fork', opencv_num_threads=0),
    dist_cfg=dict(backend='nccl'),
)

vis_backends = [dict(type='LocalVisBackend')]
visualizer = dict(type='UniversalVisualizer', vis_backends=vis_backends)
log_level = 'INFO'
load_from = None
resume = False
randomness = dict(seed=0, deterministic=False)
