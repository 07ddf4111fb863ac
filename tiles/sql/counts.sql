-- One point for each cell with incidents, at their mean place. Counts and the commonest category are made
-- of the codes of the top-level categories; the source is stored_cells.sql or counted_cells.sql.
SELECT ST_AsMVT(feature, %(layer)s, 4096, 'geom'), count(*), count(*)
FROM (
  SELECT count, open, {commonest} AS category, {codes},
         ST_MakePoint((px >> %(shift)s) & 4095, (py >> %(shift)s) & 4095) AS geom
  FROM (
    SELECT sum(n)::integer AS count, sum(open)::integer AS open, {counts},
           (sum(px::double precision) / sum(n))::integer AS px,
           (sum(py::double precision) / sum(n))::integer AS py
    FROM ({source}) AS source
    GROUP BY cell HAVING sum(n) > 0
  ) AS cell
) AS feature
