"""Urban grid management: units, plans, routing, incidents. Knows no HTTP."""
