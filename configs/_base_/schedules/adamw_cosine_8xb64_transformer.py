# For transformers and ConvNeXt: half the learning rate, clipped gradients, no
# decay of scales, biases and positions. A start lowers layer_decay_rate, so
# that its first layers, the most general ones, change least.
_base_ = ['./adamw_cosine_8xb64.py']
optim_wrapper = dict(
    optimizer=dict(lr=5e-4),
    clip_grad=dict(max_norm=1.0),
    constructor='LearningRateDecayOptimWrapperConstructor',
    paramwise_cfg=dict(
        _delete_=True,
        layer_decay_rate=1.0,
        norm_decay_mult=0.0,
        flat_decay_mult=0.0,
        custom_keys=dict(
            cls_token=dict(decay_mult=0.0),
            pos_embed=dict(decay_mult=0.0),
            relative_position_bias_table=dict(decay_mult=0.0),
        ),
    ),
)
