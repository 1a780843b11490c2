"""Files and processes: rasters, addresses, whole writes, the executor."""
