WITH near AS MATERIALIZED (
  SELECT id, name_zh AS name, name_en, kind, geom_3857, count(*) OVER () AS found
  FROM water
  WHERE geom_3857 && ST_Expand(
          ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857), %(margin)s)
  ORDER BY ST_Area(geom_3857) DESC, id
  LIMIT %(limit)s
)
SELECT ST_AsMVT(feature, %(layer)s, 4096, 'geom', 'id'),
       (SELECT count(*) FROM near), (SELECT max(found) FROM near)
FROM (
  SELECT id, name, name_en, kind,
         ST_AsMVTGeom(ST_Simplify(geom_3857, %(unit_m)s * 2, true),
                      ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857),
                      4096, 64) AS geom
  FROM near
) AS feature
