# Eight GPUs of 64 patches each. The learning rate is for 512 patches a step
# and goes with the square root of their number.
epochs, warm_up = 100, 5
# bfloat16 where the processor has it, else float32. GPUs older than Ampere
# are faster with type='AmpOptimWrapper', loss_scale='dynamic'.
optim_wrapper = dict(
    type='geokr_mm.BFloat16OptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    paramwise_cfg=dict(bias_decay_mult=0.0, norm_decay_mult=0.0),
)
param_scheduler = [
    dict(
        type='LinearLR',
        start_factor=0.01,
        by_epoch=True,
        begin=0,
        end=warm_up,
        convert_to_iter_based=True,
    ),
    dict(
        type='CosineAnnealingLR',
        T_max=epochs - warm_up,
        eta_min=1e-6,
        by_epoch=True,
        begin=warm_up,
        end=epochs,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=epochs, val_interval=5)
auto_scale_lr = dict(enable=False, base_batch_size=512)
# Batch norm over the patches of all GPUs.
sync_bn = 'torch'
