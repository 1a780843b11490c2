# What runs of many iterations share: a run that was stopped goes on by
# --resume.
_base_ = './epoch_runtime.py'
default_hooks = dict(checkpoint=dict(by_epoch=False, interval=8000))
log_processor = dict(by_epoch=False)
