"""How Null Island is made: terrain, water, sites, roads, fields, changes, and the vectors that show them.

Read the modules in this order: frame, hashing, noise · terrain, drainage, rivers, survey · sites, roads,
parcels, cover, farmland, settlement, planted · world · kinds, space, vectors, gaps · truth.
"""
