# AdamW, 8 images a step, 80,000 steps, as Wang et al. train UperNet on Potsdam
# and iSAID (An Empirical Study of Remote Sensing Pretraining, TGRS 2022;
# github.com/ViTAE-Transformer/RSP).
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=6e-5, weight_decay=0.01))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-6, by_epoch=False, end=1500),
    dict(
        type='PolyLR',
        eta_min=0.0,
        power=1.0,
        begin=1500,
        end=80000,
        by_epoch=False,
    ),
]
train_cfg = dict(
    type='IterBasedTrainLoop', max_iters=80000, val_interval=80000
)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(base_batch_size=8, enable=False)
