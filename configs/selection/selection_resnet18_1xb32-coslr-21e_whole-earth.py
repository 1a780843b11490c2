# GeoKR, with patches weighed by how far label, student and teacher agree.
_base_ = ['../geokr/geokr_resnet18_1xb32-coslr-21e_whole-earth.py']
model = dict(
    selection=dict(type='geokr_mm.ConfidenceSelection', num_classes=20),
)
custom_hooks = [
    dict(type='geokr_mm.KnowledgeCardHook'),
    # The share of patches that keep their full weight falls with it.
    dict(type='geokr_mm.ProgressHook'),
    dict(type='geokr_mm.EMATeacherHook', momentum=0.99, buffers=True),
    dict(type='geokr_mm.CorrectionRampHook', share=0.5),
]
