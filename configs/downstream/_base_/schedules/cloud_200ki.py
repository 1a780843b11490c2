# SGD, 4 images a step, 200,000 steps at most, as Wu et al. train on Levir_CS
# (ISPRS Journal 174, 2021; github.com/permanentCH5/GeoInfoNet).
optim_wrapper = dict(
    optimizer=dict(
        type='SGD', lr=1e-3, momentum=0.9, weight_decay=1e-4, nesterov=True
    )
)
param_scheduler = [
    dict(type='PolyLR', eta_min=0.0, power=0.9, end=200000, by_epoch=False)
]
train_cfg = dict(
    type='IterBasedTrainLoop', max_iters=200000, val_interval=200000
)
val_cfg = dict()
test_cfg = dict()
auto_scale_lr = dict(base_batch_size=4, enable=False)
