-- Of those that a scope sees: the same box around the incidents themselves.
SELECT min(tile_px)::double precision - 65536, min(tile_py)::double precision - 65536,
       max(tile_px)::double precision + 65536, max(tile_py)::double precision + 65536
FROM incident WHERE {kept} AND {seen}
