-- Grids of one level. The largest come first, so that a bound on their number drops specks.
WITH near AS MATERIALIZED (
  SELECT g.id, g.code, g.name_zh AS name, g.name_en, g.population AS pop,
         g.deviation::real AS deviation, g.hue, g.{shape} AS shape, count(*) OVER () AS found
  FROM unnest(%(plans)s::bigint[]) AS p (id)
  JOIN grid AS g ON g.plan_id = p.id AND g.level = %(level)s
   AND g.geom_3857 && ST_Expand(
         ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857), %(margin)s)
  ORDER BY g.area_m2 DESC, g.id
  LIMIT %(limit)s
)
SELECT ST_AsMVT(feature, %(layer)s, 4096, 'geom', 'feature_id'),
       (SELECT count(*) FROM near), (SELECT max(found) FROM near)
FROM (
  SELECT id AS feature_id, id, code, name, name_en, pop, deviation, hue,
         ST_AsMVTGeom(shape, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857),
                      4096, 64) AS geom
  FROM near
) AS feature
