"""Help for whoever redraws: evened out from where a draft stands, next moves, alternatives."""
