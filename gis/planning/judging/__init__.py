"""What a plan is worth, what no plan can reach, and why a grid is outside its tolerance."""
