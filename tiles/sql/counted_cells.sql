SELECT tile_key >> %(cell_shift)s AS cell, top_category AS category, 1 AS n,
       is_open::integer AS open, tile_px AS px, tile_py AS py
FROM incident WHERE tile_key >= %(first)s AND tile_key < %(after)s AND {kept} AND {seen}
