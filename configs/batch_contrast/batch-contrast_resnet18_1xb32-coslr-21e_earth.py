# GeoKR's label term with SimCLR's contrast of the student's two views in place
# of the teacher. A step costs two passes of the student for a patch. The head
# reads the backbone itself, so that the map reaches it; the contrast has a
# projector and a third of the weight; validation sets chose both, see
# configs/benchmark/trials.yaml.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_earth.py']
model = dict(
    neck=None,
    student_views=2,
    correction=None,
    terms=dict(contrast=dict(type='geokr_mm.BatchContrast', loss_weight=0.3)),
)
