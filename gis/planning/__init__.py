"""Grids out of atomic units: adjacency, partition, measures, polygons, codes.

`model` says what goes in and comes out, `generate`, `nested` and `alternatives` make plans out of
what `adjacency` and `search` offer; `judging` and `change` judge and compare them; `coverage`,
`codes` and `colouring` turn them into grids. Polygons are in metres. No database is needed.
"""
