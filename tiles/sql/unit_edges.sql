-- The boundaries between the units of the plans, and of these to what is no unit.
WITH near AS MATERIALIZED (
  SELECT e.id, e.cls, e.length_m, e.geom_3857, count(*) OVER () AS found
  FROM unit_edge AS e
  WHERE e.geom_3857 && ST_Expand(
          ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857), %(margin)s)
    AND EXISTS (SELECT FROM {member}
                WHERE unit_id = e.left_id AND plan_id = ANY (%(plans)s::bigint[]))
    AND (e.right_id IS NULL OR EXISTS (
          SELECT FROM {member}
          WHERE unit_id = e.right_id AND plan_id = ANY (%(plans)s::bigint[])))
  ORDER BY e.length_m DESC, e.id
  LIMIT %(limit)s
)
SELECT ST_AsMVT(feature, %(layer)s, 4096, 'geom', 'id'),
       (SELECT count(*) FROM near), (SELECT max(found) FROM near)
FROM (
  SELECT id, cls,
         ST_AsMVTGeom(geom_3857,
                      ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857),
                      4096, 64) AS geom
  FROM near
) AS feature
