# ConvNeXt-T; feature maps, not vectors, so that gridded heads and dense
# tasks can use it.
_base_ = ['./geokr_resnet18.py']
model = dict(
    backbone=dict(
        _delete_=True,
        type='ConvNeXt',
        arch='tiny',
        drop_path_rate=0.1,
        gap_before_final_norm=False,
        out_indices=(3,),
    ),
)
