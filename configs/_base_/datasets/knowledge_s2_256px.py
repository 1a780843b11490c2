# Sentinel-2's twelve bands of Level-2A.
_base_ = ['./knowledge_4band_256px.py']
bands = [
    'B01',
    'B02',
    'B03',
    'B04',
    'B05',
    'B06',
    'B07',
    'B08',
    'B8A',
    'B09',
    'B11',
    'B12',
]
train_dataloader = dict(dataset=dict(bands=bands))
