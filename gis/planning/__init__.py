"""Grids out of atomic units: adjacency, partition, measures, polygons, codes.

`model` says what goes in and comes out, `generate` and `nested` make plans, `score` and `compare`
judge them, `coverage`, `codes` and `colouring` turn them into grids. Polygons are in metres.
"""
