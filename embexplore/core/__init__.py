"""Arrays in, arrays out: codecs, kernels, PCA. Nothing here knows xarray, coordinates or files."""
