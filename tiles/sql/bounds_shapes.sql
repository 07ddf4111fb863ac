SELECT ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box)
FROM (SELECT ST_Extent(geom_3857) AS box FROM {table} WHERE {kept}) AS whole
