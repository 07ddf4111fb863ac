"""Which units are neighbours: the graph that grids are cut from; islands, groups, streets."""
