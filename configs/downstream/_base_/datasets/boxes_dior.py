# DIOR, 23,463 aerial images of 800 pixels, 20 classes. Protocol: official
# parts, 11,725 images for training and 11,738 for testing (Li et al., ISPRS
# Journal 2020).
# Made by: python tools/dataset_converters/dior.py DOWNLOAD data/dior
_base_ = './boxes_800px.py'
data_root = '{{$GEOKR_SETS:data}}/dior/'
benchmark = dict(
    task='detection',
    dataset='dior',
    protocol='fine-tune',
    metric='coco/bbox_mAP_50',
)
metainfo = dict(
    classes=(
        'airplane',
        'airport',
        'baseballfield',
        'basketballcourt',
        'bridge',
        'chimney',
        'dam',
        'Expressway-Service-area',
        'Expressway-toll-station',
        'golffield',
        'groundtrackfield',
        'harbor',
        'overpass',
        'ship',
        'stadium',
        'storagetank',
        'tenniscourt',
        'trainstation',
        'vehicle',
        'windmill',
    )
)
images = dict(data_root=data_root, metainfo=metainfo)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_official',
        dataset=dict(**images, ann_file='trainval_official.json'),
    )
)
val_dataloader = dict(dataset=dict(**images, ann_file='test_official.json'))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=f'{data_root}test_official.json')
test_evaluator = val_evaluator
