# GeoKR's label term with SimCLR's contrast of the student's two views in place
# of the teacher. A step costs two passes of the student for a patch.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_earth.py']
model = dict(
    student_views=2,
    correction=None,
    terms=dict(
        # What distinguishes patches need not pass the projector.
        contrast=dict(type='geokr_mm.BatchContrast', after_neck=False)
    ),
)
