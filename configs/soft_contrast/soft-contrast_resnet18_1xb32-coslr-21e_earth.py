# GeoKR with a contrast of the student's views with the teacher's, of this
# batch and of 1,024 patches before it.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_earth.py']
model = dict(
    terms=dict(
        # What distinguishes patches need not pass the projector.
        soft=dict(type='geokr_mm.SoftContrast', after_neck=False)
    )
)
