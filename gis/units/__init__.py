"""Atomic units, the pieces that grids are made of: `build.build_units` with `options.UnitOptions`.

The idea: all lines that part anything (streets, barriers, boundary, H3 cells, cuts between
buildings) are noded together on the stored grid of coordinates and polygonised (`faces`).
What follows only joins faces (`merge`) or adds lines (`cuts`, `split`), so every result is a
valid coverage by construction.
"""
