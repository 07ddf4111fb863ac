-- The owner of a point, exactly: what arithmetic in floats cannot tell is told by exact arithmetic.
-- Functions in plpgsql keep their plans from call to call; those in sql become part of the query.

-- A float as the number that it is; the cast to numeric keeps fifteen digits only.
CREATE FUNCTION exactly(value double precision) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  bits CONSTANT bigint := ('x' || encode(float8send(value), 'hex'))::bit(64)::bigint;
  exponent CONSTANT int := (bits >> 52)::int & 2047;
  halvings CONSTANT int := 1075 - greatest(exponent, 1);
  whole CONSTANT numeric := (bits & 4503599627370495)
    + CASE exponent WHEN 0 THEN 0 ELSE 4503599627370496 END;
BEGIN
  RETURN CASE WHEN bits < 0 THEN -1 ELSE 1 END
    * CASE WHEN halvings > 0  -- a half is five tenths
           THEN whole * 5::numeric ^ halvings * ('1e-' || halvings)::numeric
           ELSE whole * 2::numeric ^ -halvings END;
END $$;

-- Positive if p lies left of the line from a to b, negative right of it, 0 on it.
CREATE FUNCTION exact_side(ax double precision, ay double precision, bx double precision,
  by double precision, px double precision, py double precision)
RETURNS numeric LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  x CONSTANT numeric := exactly(ax);
  y CONSTANT numeric := exactly(ay);
BEGIN
  RETURN (exactly(bx) - x) * (exactly(py) - y) - (exactly(by) - y) * (exactly(px) - x);
END $$;

-- Whether the polygon has the point inside or on its boundary: on an edge, or an odd number of
-- edges right of it. Comparisons decide on all edges but those whose box has the point in it.
CREATE FUNCTION touches_by_edges(area geometry, lon double precision, lat double precision)
RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
  RETURN (
    WITH edge AS (
      SELECT ST_X(a) AS ax, ST_Y(a) AS ay, ST_X(b) AS bx, ST_Y(b) AS by
      FROM ST_DumpSegments(area) AS s,
      LATERAL (SELECT ST_StartPoint(s.geom), ST_EndPoint(s.geom)) AS ends (a, b)
    ), seen AS (
      SELECT (ay > lat) <> (by > lat) AS straddles, by > ay AS rises, least(ax, bx) > lon AS beyond,
             CASE WHEN lon BETWEEN least(ax, bx) AND greatest(ax, bx)
                   AND lat BETWEEN least(ay, by) AND greatest(ay, by)
                  THEN exact_side(ax, ay, bx, by, lon, lat) END AS side
      FROM edge
    )
    SELECT coalesce(bool_or(side = 0), false)
           OR count(*) FILTER (WHERE straddles AND coalesce((side > 0) = rises, beyond)) % 2 = 1
    FROM seen
  );
END $$;

-- The same, fast. Farther than 1e-9 degrees from the boundary floats cannot err: the sign of the
-- product that decides is that of the way to the edge along the parallel, and rounding adds less
-- than 1e-12 to that. Nearer, GEOS works it out in twice the digits; PostGIS asks GEOS about
-- collections, and answers about points itself, with one rounding too many. Twice the digits are
-- exact where the difference of any two coordinates is a float: where the polygon is no longer than
-- it is far from the meridian of Greenwich, and no higher than it is far from the equator.
CREATE FUNCTION touches_exactly(area geometry, lon double precision, lat double precision)
RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN NOT ST_DWithin(ST_Boundary(area), ST_SetSRID(ST_MakePoint(lon, lat), 4326), 1e-9)
    THEN ST_DWithin(area, ST_SetSRID(ST_MakePoint(lon, lat), 4326), 0)
    WHEN ST_XMax(area) - ST_XMin(area) <= greatest(ST_XMin(area), -ST_XMax(area))
     AND ST_YMax(area) - ST_YMin(area) <= greatest(ST_YMin(area), -ST_YMax(area))
    THEN ST_Intersects(area, ST_ForceCollection(ST_SetSRID(ST_MakePoint(lon, lat), 4326)))
    ELSE touches_by_edges(area, lon, lat) END
$$;

-- On a shared boundary the smallest grid code that touches it.
CREATE OR REPLACE FUNCTION owning_grid(of_plan bigint, lon double precision, lat double precision)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT code FROM grid
  WHERE plan_id = of_plan AND level = 3
    AND geom_3857 && ST_Expand(ST_Transform(ST_SetSRID(ST_MakePoint(
          greatest(-180, least(lon, 180)), greatest(-89.99, least(lat, 89.99))), 4326), 3857), 1)
    AND touches_exactly(geom, lon, lat)
  ORDER BY code LIMIT 1
$$;

CREATE TRIGGER source_system_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON source_system
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
