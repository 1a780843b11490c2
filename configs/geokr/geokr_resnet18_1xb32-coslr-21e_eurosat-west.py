# EuroSAT images west of 3 degrees east, with labels of a map of 5 km: the
# class fractions of the 3 x 3 cells (16.7 km) around each image. `places.csv`
# has the columns path, lon, lat. Images further east stay for reading:
#
#   python tools/get_earth.py data/earth
#   awk -F, -v folder="$(realpath eurosat)" '
#       NR == 1 {print "path,lon,lat,gsd,width_m"}
#       NR > 1 && $2 < 3 {print folder "/" $1 "," $2 "," $3 ",10,16700"}
#   ' eurosat/places.csv > data/eurosat_west.csv
#   python tools/build_index.py --scenes data/eurosat_west.csv \
#       --product mcd12c1 --land-cover data/earth/mcd12c1 \
#       --patch-size 64 --stretch none --no-filter dark --no-filter cloud \
#       --no-filter low_contrast --out data/eurosat_west.parquet
_base_ = ['geokr_resnet18_1xb32-coslr-21e_earth.py']
index = 'data/eurosat_west.parquet'
train_dataloader = dict(dataset=dict(index=index))
