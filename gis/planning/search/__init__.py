"""The search for a plan: a first one, annealing with compiled kernels, an exact polish."""
