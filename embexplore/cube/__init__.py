"""The cube: a plain `xarray.Dataset` that meets a schema. Knows dims, CRS and codecs; opens no file."""
