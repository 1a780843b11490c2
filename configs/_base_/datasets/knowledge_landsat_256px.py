# The seven reflective bands of Landsat 8 and 9, by their common names.
_base_ = ['./knowledge_4band_256px.py']
bands = ['coastal', 'blue', 'green', 'red', 'nir', 'swir16', 'swir22']
train_dataloader = dict(dataset=dict(bands=bands))
