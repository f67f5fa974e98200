"""Ask Null Island every question once, so that compiled kernels and byte code lie in the image.

Kernels are cached for the processor that compiled them: on another kind they compile again on first use.
"""

import embexplore as ex

cube = ex.null_island()
places = ex.null_island_truth().places
query = cube.emb.at(lon=0.12, lat=0.11)
score = cube.emb.search(query)
cube.emb.search([query, cube.emb.at(lon=0.118, lat=0.108)], negatives=[query], combine="max").compute()
cube.emb.top(score, k=20, min_distance=100)
cube.emb.change_regions(cube.emb.change(2017, 2024), floor=cube.emb.noise_floor(2017, 2024).floor)
cube.emb.largest_change().compute()
cube.emb.pca_rgb(cube.emb.fit_pca(3, random_state=0)).compute()
cube.emb.cluster(cube.emb.fit_clusters(8, random_state=0)).compute()
cube.emb.classify(cube.emb.fit_classifier(places.rename(columns={"class": "label"}))).compute()
cube.emb.encode("binary", random_state=0).emb.search(query).compute()
cube.emb.with_bits(random_state=0).emb.nearest(query, k=10)
ex.Explorer(cube)._repr_mimebundle_()
