# NWPU VHR-10, 650 aerial images, ten classes. Protocol: by name every third
# image for testing, this project; papers draw their own parts.
# Made by: python tools/dataset_converters/nwpu_vhr10.py DOWNLOAD
# data/nwpu_vhr10
_base_ = './boxes_800px.py'
data_root = '{{$GEOKR_SETS:data}}/nwpu_vhr10/'
benchmark = dict(
    task='detection',
    dataset='nwpu vhr10',
    protocol='fine-tune',
    metric='coco/bbox_mAP_50',
)
metainfo = dict(
    classes=(
        'airplane',
        'ship',
        'storage_tank',
        'baseball_diamond',
        'tennis_court',
        'basketball_court',
        'ground_track_field',
        'harbor',
        'bridge',
        'vehicle',
    )
)
images = dict(data_root=data_root, metainfo=metainfo)
train_dataloader = dict(
    dataset=dict(
        lists=f'{data_root}train_thirds',
        dataset=dict(**images, ann_file='train_thirds.json'),
    )
)
val_dataloader = dict(dataset=dict(**images, ann_file='val_thirds.json'))
test_dataloader = val_dataloader
val_evaluator = dict(ann_file=f'{data_root}val_thirds.json')
test_evaluator = val_evaluator
