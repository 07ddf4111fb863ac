WITH near AS MATERIALIZED (
  SELECT id, floors, name_zh AS name, geom_3857, count(*) OVER () AS found
  FROM building
  WHERE geom_3857 && ST_Expand(
          ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857), %(margin)s)
  ORDER BY ST_Area(geom_3857) DESC, id
  LIMIT %(limit)s
)
SELECT ST_AsMVT(feature, %(layer)s, 4096, 'geom', 'id'),
       (SELECT count(*) FROM near), (SELECT max(found) FROM near)
FROM (
  SELECT id, floors, name,
         ST_AsMVTGeom(geom_3857, ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857),
                      4096, 64) AS geom
  FROM near
) AS feature
