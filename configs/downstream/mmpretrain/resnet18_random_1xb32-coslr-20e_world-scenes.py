# Scenes of the synthetic planet that tools/make_world.py makes.
# Set GEOKR_WORLD to its folder. Ten images of each class are used.
_base_ = [
    '../_base_/resnet18_classifier.py',
    '../_base_/downstream_runtime.py',
]
data_root = '{{$GEOKR_WORLD:data/world}}/classification'
benchmark = dict(
    task='classification',
    dataset='world scenes',
    protocol='fine-tune',
    metric='accuracy/top1',
)
images = dict(type='CustomDataset', data_root=data_root)
train_dataloader = dict(
    dataset=dict(per_class=10, dataset=dict(**images, data_prefix='train'))
)
val_dataloader = dict(dataset=dict(**images, data_prefix='val'))
test_dataloader = dict(dataset=dict(**images, data_prefix='test'))
