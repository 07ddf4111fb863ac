-- The working copy of a draft: whole desks change all of it; the desk of a part changes the units
-- and grids below its own code only, where they come from and where they go.
-- No grid at all is the whole desk's. Plans are found once for a statement, not for each of its rows.
-- The parameter is named with its function: plans have names, too.
CREATE FUNCTION scope_plans(name text) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT coalesce(array_agg(id), '{}') FROM plan
  WHERE jurisdiction_id = ANY (scope_ids(scope_plans.name))
$$;
SELECT guard_rows('draft', 'plan_id = ANY ((SELECT scope_plans(''reach''))::bigint[])',
  'SELECT, INSERT, UPDATE', 'plan_id = ANY ((SELECT scope_plans(''reach''))::bigint[])');
SELECT guard_rows('draft_operation', 'plan_id = ANY ((SELECT scope_plans(''reach''))::bigint[])',
  'SELECT, INSERT, UPDATE', 'plan_id = ANY ((SELECT scope_plans(''reach''))::bigint[])');
SELECT guard_rows('draft_unit', 'plan_id = ANY ((SELECT scope_plans(''reach''))::bigint[])',
  'SELECT, INSERT, UPDATE, DELETE',
  'plan_id = ANY ((SELECT scope_plans(''jurisdictions''))::bigint[])
   OR plan_id = ANY ((SELECT scope_plans(''reach''))::bigint[])
      AND starts_with(grid_code, (SELECT scope_setting(''below'')))');
SELECT guard_rows('draft_grid', 'plan_id = ANY ((SELECT scope_plans(''reach''))::bigint[])',
  'SELECT, INSERT, UPDATE, DELETE',
  'plan_id = ANY ((SELECT scope_plans(''jurisdictions''))::bigint[])
   OR plan_id = ANY ((SELECT scope_plans(''reach''))::bigint[])
      AND starts_with(code, (SELECT scope_setting(''below'')))');
SELECT guard_rows('request_key', 'caller = (SELECT ''account '' || scope_setting(''account''))',
  'SELECT, INSERT', 'caller = (SELECT ''account '' || scope_setting(''account''))');

-- An operation stays as it was made; only that it was undone is noted on it, and taken back by a
-- redo.
CREATE FUNCTION draft_operation_kept() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF to_jsonb(NEW) - 'undone_by' IS DISTINCT FROM to_jsonb(OLD) - 'undone_by' THEN
    RAISE EXCEPTION 'an operation stays as it was made' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draft_operation_kept BEFORE UPDATE ON draft_operation
  FOR EACH ROW EXECUTE FUNCTION draft_operation_kept();
CREATE TRIGGER draft_operation_never_deleted BEFORE DELETE OR TRUNCATE ON draft_operation
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER draft_never_deleted BEFORE DELETE OR TRUNCATE ON draft
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Open pages hear of each operation, and of what else becomes of a draft.
CREATE FUNCTION draft_told() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.version, NEW.discarded_at)
     IS NOT DISTINCT FROM (OLD.version, OLD.discarded_at) THEN
    RETURN NULL;
  END IF;
  PERFORM pg_notify('wangge_draft', json_build_object(
    'plan', NEW.plan_id, 'version', NEW.version,
    'jurisdiction', (SELECT jurisdiction_id FROM plan WHERE id = NEW.plan_id),
    'actor', nullif(current_setting('wangge.actor', true), ''))::text);
  RETURN NULL;
END $$;
CREATE TRIGGER draft_told AFTER INSERT OR UPDATE ON draft
  FOR EACH ROW EXECUTE FUNCTION draft_told();

-- A step in the life of a plan is history, and what it is called; that its grids were derived anew
-- is not.
CREATE OR REPLACE FUNCTION plan_history() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE who text := current_actor();
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.status, NEW.effective, NEW.name, NEW.note, NEW.balance,
       NEW.tolerance) IS NOT DISTINCT FROM (OLD.status, OLD.effective, OLD.name, OLD.note,
       OLD.balance, OLD.tolerance) THEN
    RETURN NULL;  -- measures follow from the grids
  END IF;
  INSERT INTO plan_event (plan_id, actor, action, from_status, to_status, reason, data)
  VALUES (NEW.id, who,
          coalesce(nullif(current_setting('wangge.action', true), ''),
                   CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE 'change' END),
          CASE TG_OP WHEN 'UPDATE' THEN OLD.status END, NEW.status,
          nullif(current_setting('wangge.reason', true), ''),
          -- What of its terms was otherwise: by name, before and after.
          CASE TG_OP WHEN 'UPDATE' THEN (
            SELECT jsonb_object_agg(key, jsonb_build_array(o.value, n.value))
            FROM jsonb_each(to_jsonb(OLD)) AS o JOIN jsonb_each(to_jsonb(NEW)) AS n USING (key)
            WHERE key IN ('name', 'note', 'balance', 'tolerance')
              AND o.value IS DISTINCT FROM n.value) END);
  IF NEW.status IN ('published', 'superseded') THEN
    PERFORM pg_notify('wangge_plan', json_build_object('id', NEW.id, 'status', NEW.status)::text);
  END IF;
  RETURN NULL;
END $$;

-- Drafts of before get their working copy.
INSERT INTO draft (plan_id, settled, origin)
SELECT id, 0, '{"kind": "stored"}' FROM plan WHERE status IN ('draft', 'in_review');
INSERT INTO draft_grid (plan_id, code, name_zh, name_en, organisation_id)
SELECT plan_id, code, name_zh, name_en, organisation_id FROM grid
WHERE plan_id IN (SELECT plan_id FROM draft);
INSERT INTO draft_unit (plan_id, unit_id, grid_code)
SELECT grid_unit.plan_id, unit_id, code FROM grid_unit JOIN grid ON grid.id = grid_id
WHERE grid_unit.plan_id IN (SELECT plan_id FROM draft);
