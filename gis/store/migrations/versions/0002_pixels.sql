-- Pixels of the Web Mercator square at zoom 30. Integers, so that the owner of a point on the edge
-- of a tile, the cell that counts it and the tile that is dropped are the same by construction.
CREATE FUNCTION tile_px(lon double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT greatest(0, least(1073741823, floor((lon + 180) / 360 * 1073741824)))::integer
$$;
CREATE FUNCTION tile_py(lat double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT greatest(0, least(1073741823,
    floor((0.5 - ln(tan(pi() / 4 + radians(lat) / 2)) / (2 * pi())) * 1073741824)))::integer
$$;

-- The bits of both, interleaved (Morton order, y first): a tile of any zoom is one range of keys,
-- and a key shifted right by two bits a zoom is the tile that contains it.
CREATE FUNCTION tile_key(px integer, py integer) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE x bigint := px; y bigint := py;
BEGIN
  x := (x | (x << 16)) & 281470681808895;
  x := (x | (x << 8)) & 71777214294589695;
  x := (x | (x << 4)) & 1085102592571150095;
  x := (x | (x << 2)) & 3689348814741910323;
  x := (x | (x << 1)) & 6148914691236517205;
  y := (y | (y << 16)) & 281470681808895;
  y := (y | (y << 8)) & 71777214294589695;
  y := (y | (y << 4)) & 1085102592571150095;
  y := (y | (y << 2)) & 3689348814741910323;
  y := (y | (y << 1)) & 6148914691236517205;
  RETURN x | (y << 1);
END $$;
