-- What keeps a live map exact: counts of incidents per cell, and word of each tile that a change
-- has touched. Both are told by statement-level triggers, in the transaction of the change.

-- Adds changes of the finest level, 12, to every level. Several rows may count one cell: a writer
-- takes any row that no other transaction holds, and adds a row when all are held. Hence no writer
-- ever waits for another here, whatever the order of their statements, and none can deadlock; the
-- sum over the rows of a cell is exact in every snapshot. PL/pgSQL, because it keeps the plan.
CREATE FUNCTION add_to_incident_cells(changes incident_cell[]) RETURNS void
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  WITH change AS (
    SELECT to_level::smallint AS level, c.cell >> 2 * (12 - to_level) AS cell, c.category,
           sum(c.found)::integer AS found, sum(c.open)::integer AS open,
           sum(c.sum_px)::bigint AS sum_px, sum(c.sum_py)::bigint AS sum_py,
           sum(c.open_sum_px)::bigint AS open_sum_px, sum(c.open_sum_py)::bigint AS open_sum_py
    FROM unnest(changes) AS c, generate_series(6, 12, 2) AS to_level
    GROUP BY 1, 2, 3
  ), held AS MATERIALIZED (
    SELECT change.*, free.id
    FROM change LEFT JOIN LATERAL (
      SELECT id FROM incident_cell AS c
      WHERE c.level = change.level AND c.cell = change.cell AND c.category = change.category
      LIMIT 1 FOR UPDATE SKIP LOCKED
    ) AS free ON true
  ), counted AS (
    UPDATE incident_cell AS c
    SET found = c.found + h.found, open = c.open + h.open,
        sum_px = c.sum_px + h.sum_px, sum_py = c.sum_py + h.sum_py,
        open_sum_px = c.open_sum_px + h.open_sum_px, open_sum_py = c.open_sum_py + h.open_sum_py
    FROM held AS h WHERE c.id = h.id
  )
  INSERT INTO incident_cell (level, cell, category, found, open,
                             sum_px, sum_py, open_sum_px, open_sum_py)
  SELECT level, cell, category, found, open, sum_px, sum_py, open_sum_px, open_sum_py
  FROM held WHERE id IS NULL ORDER BY level, cell, category;
END $$;

-- Word to the tile caches: the touched tiles of zoom 18, or the whole layer when they are many
-- (a notification holds 8,000 bytes).
CREATE FUNCTION notify_tiles(layer text, tiles bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF cardinality(tiles) > 400 THEN
    PERFORM pg_notify('wangge_tiles', json_build_object('layer', layer)::text);
  ELSIF cardinality(tiles) > 0 THEN
    PERFORM pg_notify('wangge_tiles', json_build_object('layer', layer, 'tiles', tiles)::text);
  END IF;
END $$;

CREATE FUNCTION incident_tiles_created() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM add_to_incident_cells(array_agg(change)) FROM (
    SELECT ROW(0, 12, tile_key >> 28, top_category,
               count(*), count(*) FILTER (WHERE is_open),
               sum(tile_px::bigint), sum(tile_py::bigint),
               coalesce(sum(tile_px::bigint) FILTER (WHERE is_open), 0),
               coalesce(sum(tile_py::bigint) FILTER (WHERE is_open), 0))::incident_cell AS change
    FROM created GROUP BY tile_key >> 28, top_category) AS changes;
  PERFORM notify_tiles('incidents', array_agg(tile)),
          notify_tiles('incidents_open', array_agg(tile) FILTER (WHERE any_open))
  FROM (SELECT tile_key >> 24 AS tile, bool_or(is_open) AS any_open FROM created
        GROUP BY 1 LIMIT 401) AS touched;
  RETURN NULL;
END $$;
CREATE TRIGGER incident_tiles_created AFTER INSERT ON incident
  REFERENCING NEW TABLE AS created FOR EACH STATEMENT EXECUTE FUNCTION incident_tiles_created();

-- A changed incident leaves its cell and enters one; what no tile shows touches nothing.
CREATE FUNCTION incident_tiles_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  recounted incident_cell[];
  tiles bigint[];
  open_tiles bigint[];
BEGIN
  WITH side AS MATERIALIZED (
    SELECT s.* FROM before_change AS o JOIN after_change AS n USING (id),
      LATERAL (VALUES (-1::bigint, o.tile_key, o.tile_px, o.tile_py, o.top_category, o.is_open),
                      (1, n.tile_key, n.tile_px, n.tile_py, n.top_category, n.is_open)
      ) AS s (sign, tile_key, tile_px, tile_py, category, is_open)
    WHERE (o.tile_key, o.top_category, o.is_open, o.severity, o.reported_at)
      IS DISTINCT FROM (n.tile_key, n.top_category, n.is_open, n.severity, n.reported_at)
  ), changes AS (
    SELECT ROW(0, 12, tile_key >> 28, category,
               sum(sign), coalesce(sum(sign) FILTER (WHERE is_open), 0),
               sum(sign * tile_px), sum(sign * tile_py),
               coalesce(sum(sign * tile_px) FILTER (WHERE is_open), 0),
               coalesce(sum(sign * tile_py) FILTER (WHERE is_open), 0))::incident_cell AS change
    FROM side GROUP BY tile_key >> 28, category
  ), touched AS (
    SELECT tile_key >> 24 AS tile, bool_or(is_open) AS any_open FROM side GROUP BY 1 LIMIT 401
  )
  SELECT (SELECT array_agg(change) FROM changes), (SELECT array_agg(tile) FROM touched),
         (SELECT array_agg(tile) FROM touched WHERE any_open)
  INTO recounted, tiles, open_tiles;
  PERFORM add_to_incident_cells(recounted);
  PERFORM notify_tiles('incidents', tiles), notify_tiles('incidents_open', open_tiles);
  RETURN NULL;
END $$;
CREATE TRIGGER incident_tiles_changed AFTER UPDATE ON incident
  REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change
  FOR EACH STATEMENT EXECUTE FUNCTION incident_tiles_changed();

-- The base map and the units change seldom and in bulk: the whole layer is dropped.
CREATE FUNCTION notify_tile_layer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('wangge_tiles', json_build_object('layer', TG_ARGV[0])::text);
  RETURN NULL;
END $$;
CREATE TRIGGER unit_tiles AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON unit
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_layer('units');
CREATE TRIGGER street_tiles AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON street
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_layer('streets');
CREATE TRIGGER building_tiles AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON building
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_layer('buildings');
CREATE TRIGGER water_tiles AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON water
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_layer('water');
CREATE TRIGGER category_tiles AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON category
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_layer('categories');

-- A draft is drawn and redrawn: only its own tiles are dropped.
CREATE FUNCTION notify_tile_plans() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('wangge_tiles', json_build_object('plan', plan_id)::text)
  FROM (SELECT DISTINCT plan_id FROM touched) AS plans;
  RETURN NULL;
END $$;
CREATE TRIGGER grid_tiles_insert AFTER INSERT ON grid REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_plans();
CREATE TRIGGER grid_tiles_update AFTER UPDATE ON grid REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_plans();
CREATE TRIGGER grid_tiles_delete AFTER DELETE ON grid REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_plans();
CREATE TRIGGER grid_unit_tiles_insert AFTER INSERT ON grid_unit REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_plans();
CREATE TRIGGER grid_unit_tiles_update AFTER UPDATE ON grid_unit REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_plans();
CREATE TRIGGER grid_unit_tiles_delete AFTER DELETE ON grid_unit REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_plans();

-- As in the first schema; the history of a move says where to, not which pixel.
CREATE OR REPLACE FUNCTION incident_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who text := current_actor();
  ids bigint[];
BEGIN
  INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage, reason, data)
  SELECT n.id, now(), who,
         coalesce(nullif(current_setting('wangge.action', true), ''), 'change'), o.stage, n.stage,
         nullif(current_setting('wangge.reason', true), ''),
         (SELECT jsonb_object_agg(a.key, jsonb_build_array(b.value, a.value))
            FROM jsonb_each(to_jsonb(n)
                   - '{version,location_3857,tile_px,tile_py,tile_key}'::text[]) AS a
            JOIN jsonb_each(to_jsonb(o)) AS b USING (key)
           WHERE a.value IS DISTINCT FROM b.value)
  FROM after_change AS n JOIN before_change AS o USING (id);
  SELECT array_agg(id) INTO ids FROM (SELECT id FROM after_change ORDER BY id LIMIT 21) AS few;
  PERFORM pg_notify('wangge_incident', CASE WHEN cardinality(ids) BETWEEN 1 AND 20
    THEN json_build_object('change', 'changed', 'ids', ids)::text
    ELSE json_build_object('change', 'many')::text END);
  RETURN NULL;
END $$;

-- What is there already is counted once, as every later change will be.
SELECT add_to_incident_cells(array_agg(change)) FROM (
  SELECT ROW(0, 12, tile_key >> 28, top_category,
             count(*), count(*) FILTER (WHERE is_open),
             sum(tile_px::bigint), sum(tile_py::bigint),
             coalesce(sum(tile_px::bigint) FILTER (WHERE is_open), 0),
             coalesce(sum(tile_py::bigint) FILTER (WHERE is_open), 0))::incident_cell AS change
  FROM incident GROUP BY tile_key >> 28, top_category) AS changes;
