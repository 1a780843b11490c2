# Gridded proportions with contrast of patches: for maps in detail from few
# labels.
_base_ = ['./gridded-fpn_resnet18_1xb32-coslr-21e_zion.py']
model = dict(
    terms=dict(
        soft=dict(
            type='geokr_mm.SoftContrast',
            num_classes=16,
            in_channels=128,
            queue_length=1024,
            own_share=1.0,
            # Contrast tells patches apart, not the cells within; more of it
            # undoes what gridded proportions gain where labels are many.
            loss_weight=0.3,
        ),
    ),
)
