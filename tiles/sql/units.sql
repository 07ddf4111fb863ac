-- The units of the plans, and in a jurisdiction whose plan has none yet, the units that exist now.
WITH shown AS (
  SELECT u.id, u.code, u.population, u.area_m2, u.geom_3857, gu.grid_id
  FROM unit AS u
  JOIN grid_unit AS gu ON gu.unit_id = u.id AND gu.plan_id = ANY (%(plans)s::bigint[])
  WHERE u.geom_3857 && ST_Expand(
          ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857), %(margin)s)
  UNION ALL
  SELECT u.id, u.code, u.population, u.area_m2, u.geom_3857, NULL
  FROM unit AS u
  WHERE u.geom_3857 && ST_Expand(
          ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857), %(margin)s)
    AND u.retired_at IS NULL
    AND u.jurisdiction_id <> ALL (%(covered)s::bigint[])
    AND u.jurisdiction_id = coalesce(%(jurisdiction)s, u.jurisdiction_id)
), near AS MATERIALIZED (
  SELECT shown.*, count(*) OVER () AS found
  FROM shown ORDER BY area_m2 DESC, id LIMIT %(limit)s
)
SELECT ST_AsMVT(feature, %(layer)s, 4096, 'geom', 'feature_id'),
       (SELECT count(*) FROM near), (SELECT max(found) FROM near)
FROM (
  SELECT near.id AS feature_id, near.id, near.code, near.population AS pop, grid.code AS grid,
         ST_AsMVTGeom(near.geom_3857,
                      ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857),
                      4096, 64) AS geom
  FROM near LEFT JOIN grid ON grid.id = near.grid_id
) AS feature
