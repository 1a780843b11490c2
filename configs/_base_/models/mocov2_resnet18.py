# MoCo v2 (Chen et al., arXiv 2003.04297) in the sizes of some 1,500 patches.
# The queue holds two thirds of them: a longer one would hold every patch among
# its own negatives.
model = dict(
    type='MoCo',
    # A multiple of the batch size.
    queue_len=1024,
    feat_dim=128,
    # With 1,000 steps in place of a million, the teacher must move faster
    # than the published 0.001.
    momentum=0.01,
    backbone=dict(type='ResNet', depth=18, zero_init_residual=False),
    neck=dict(
        type='MoCoV2Neck', in_channels=512, hid_channels=512, out_channels=128
    ),
    head=dict(
        type='ContrastiveHead',
        loss=dict(type='CrossEntropyLoss'),
        temperature=0.2,
    ),
)
