-- What people are told: each sees and marks what is in their own inbox, and nobody else's. The
-- owner writes, in the transaction of what is told; web hooks hold secrets, and are the owner's.
SELECT guard_rows('notice',
  'EXISTS (SELECT FROM notice_account AS n WHERE n.notice_id = notice.id
           AND n.account_id = (SELECT scope_id(''account'')))',
  but_all => false);
SELECT guard_rows('notice_account', 'account_id = (SELECT scope_id(''account''))',
  but_all => false);
GRANT UPDATE (read_at, acknowledged_at) ON notice_account TO wangge_app;
CREATE POLICY notice_account_change ON notice_account FOR UPDATE TO wangge_app
  USING (account_id = (SELECT scope_id('account')));
SELECT guard_rows('delivery', 'account_id = (SELECT scope_id(''account''))', but_all => false);
ALTER TABLE mail_choice ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON mail_choice TO wangge_app;
CREATE POLICY mail_choice_own ON mail_choice FOR ALL TO wangge_app
  USING (account_id = (SELECT scope_id('account')))
  WITH CHECK (account_id = (SELECT scope_id('account')));

CREATE TRIGGER notice_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON notice
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER web_hook_never_deleted BEFORE DELETE OR TRUNCATE ON web_hook
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whoever has acknowledged an emergency has, and when.
CREATE FUNCTION acknowledged_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.acknowledged_at IS NOT NULL AND NEW.acknowledged_at IS DISTINCT FROM OLD.acknowledged_at
  THEN
    RAISE EXCEPTION 'a notice is acknowledged once' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER acknowledged_once BEFORE UPDATE OF acknowledged_at ON notice_account
  FOR EACH ROW EXECUTE FUNCTION acknowledged_once();

-- Whoever follows cases asks for their history by transaction (gis/store/follower.py): a NOTIFY in
-- each writer's transaction would take a lock at commit that all of them share.
CREATE OR REPLACE FUNCTION incident_created() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  who text := current_actor();
  what text := coalesce(nullif(current_setting('wangge.action', true), ''), 'report');
BEGIN
  INSERT INTO incident_event (incident_id, at, actor, action, to_stage, reason, data)
  SELECT id, reported_at, who, what, CASE what WHEN 'report' THEN 'collected' ELSE stage END,
         nullif(current_setting('wangge.reason', true), ''),
         jsonb_strip_nulls(jsonb_build_object('grid', grid_code, 'queue', queue_id,
           'person', person_id, 'level', responsible_level, 'rule', route_rule,
           'rule_id', rule_id, 'department', department_id, 'contact', contact_id))
  FROM created;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION supplement_told() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage, data)
  SELECT id, NEW.recorded_at, current_actor(), 'supplement', stage, stage,
         jsonb_build_object('supplement', NEW.id, 'source', NEW.source)
  FROM incident WHERE id = NEW.incident_id;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION incident_tiles_created() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM add_to_incident_cells(array_agg(change)) FROM (
    SELECT ROW(0, 12, tile_key >> 28, top_category,
               count(*), count(*) FILTER (WHERE is_open),
               sum(tile_px::bigint), sum(tile_py::bigint),
               coalesce(sum(tile_px::bigint) FILTER (WHERE is_open), 0),
               coalesce(sum(tile_py::bigint) FILTER (WHERE is_open), 0))::incident_cell AS change
    FROM created GROUP BY tile_key >> 28, top_category) AS changes;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION incident_tiles_changed() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp
SET enable_nestloop = off SET work_mem = '64MB' SET jit = off AS $$
DECLARE
  recounted incident_cell[];
BEGIN
  SELECT array_agg(change) INTO recounted FROM (
    SELECT ROW(0, 12, s.tile_key >> 28, s.category,
               sum(s.sign), coalesce(sum(s.sign) FILTER (WHERE s.is_open), 0),
               sum(s.sign * s.tile_px), sum(s.sign * s.tile_py),
               coalesce(sum(s.sign * s.tile_px) FILTER (WHERE s.is_open), 0),
               coalesce(sum(s.sign * s.tile_py) FILTER (WHERE s.is_open), 0)
           )::incident_cell AS change
    FROM before_change AS o JOIN after_change AS n USING (id),
      LATERAL (VALUES (-1::bigint, o.tile_key, o.tile_px, o.tile_py, o.top_category, o.is_open),
                      (1, n.tile_key, n.tile_px, n.tile_py, n.top_category, n.is_open)
      ) AS s (sign, tile_key, tile_px, tile_py, category, is_open)
    WHERE (o.tile_key, o.top_category, o.is_open, o.severity, o.reported_at)
      IS DISTINCT FROM (n.tile_key, n.top_category, n.is_open, n.severity, n.reported_at)
    GROUP BY s.tile_key >> 28, s.category
  ) AS changes;
  PERFORM add_to_incident_cells(recounted);
  RETURN NULL;
END $$;
DROP FUNCTION notify_tiles(text, bigint[]);

-- The longest of them stays as it is but for that one statement.
DO $$
DECLARE
  was CONSTANT text := pg_get_functiondef('incident_changed()'::regprocedure);
  without CONSTANT text := regexp_replace(
    was, '\n  PERFORM pg_notify\(''wangge_incident''.*?END\);', '');
BEGIN
  IF without = was OR without ~ 'pg_notify' THEN
    RAISE EXCEPTION 'incident_changed() is not as it was expected';
  END IF;
  EXECUTE without;
END $$;
