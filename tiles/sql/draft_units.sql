-- The units of a draft: their number and their shape, all of them.
WITH near AS MATERIALIZED (
  SELECT u.id, u.geom_3857
  FROM unit AS u
  WHERE u.geom_3857 && ST_Expand(
          ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857), %(margin)s)
    AND EXISTS (SELECT FROM draft_unit
                WHERE unit_id = u.id AND plan_id = ANY (%(plans)s::bigint[]))
  LIMIT %(limit)s
)
SELECT ST_AsMVT(feature, %(layer)s, 4096, 'geom', 'feature_id'),
       (SELECT count(*) FROM near), (SELECT count(*) FROM near)
FROM (
  SELECT id AS feature_id,
         ST_AsMVTGeom(geom_3857,
                      ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857),
                      4096, 64) AS geom
  FROM near
) AS feature
