SELECT cell >> %(cell_shift)s AS cell, category, {n} AS n, open, {px} AS px, {py} AS py
FROM incident_cell WHERE level = %(level)s AND cell >= %(first)s AND cell < %(after)s
