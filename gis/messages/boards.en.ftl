plan-step-edges = Finding the boundaries between units
