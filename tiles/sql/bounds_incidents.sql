-- From the mean places of the cells of level 10, each widened by its side (65,536 pixels).
SELECT min(px) - 65536, min(py) - 65536, max(px) + 65536, max(py) + 65536
FROM (
  SELECT sum({px})::double precision / sum({n}) AS px, sum({py})::double precision / sum({n}) AS py
  FROM incident_cell WHERE level = 10 GROUP BY cell HAVING sum({n}) > 0
) AS cell
