-- Single incidents, read from the covering index alone; none at all where they are too many.
WITH counted AS MATERIALIZED (
  SELECT count(*) AS found FROM (
    SELECT FROM incident
    WHERE tile_key >= %(first)s AND tile_key < %(after)s AND {kept} AND {seen} LIMIT %(limit)s + 1
  ) AS near
)
SELECT ST_AsMVT(feature, %(layer)s, 4096, 'geom', 'feature_id'), count(*),
       (SELECT found FROM counted)
FROM (
  SELECT id AS feature_id, id, top_category AS category, severity, is_open::integer AS open,
         date_part('epoch', reported_at)::bigint AS reported,
         ST_MakePoint((tile_px >> %(shift)s) & 4095, (tile_py >> %(shift)s) & 4095) AS geom
  FROM incident
  WHERE tile_key >= %(first)s AND tile_key < %(after)s AND {kept} AND {seen}
    AND (SELECT found FROM counted) <= %(limit)s
) AS feature
