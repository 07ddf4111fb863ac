-- What no constraint can say: history cannot be left out, changed or forgotten.
-- Whoever writes sets wangge.actor, and may set wangge.action and wangge.reason, for the transaction.

CREATE FUNCTION current_actor() RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE who text := nullif(current_setting('wangge.actor', true), '');
BEGIN
  IF who IS NULL THEN
    RAISE EXCEPTION 'nothing changes without a name: SET LOCAL wangge.actor first';
  END IF;
  RETURN who;
END $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER incident_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON incident_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER plan_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON plan_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER incident_never_deleted BEFORE DELETE OR TRUNCATE ON incident
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER post_never_deleted BEFORE DELETE OR TRUNCATE ON post
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION incident_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER incident_version BEFORE UPDATE ON incident
  FOR EACH ROW EXECUTE FUNCTION incident_version();

-- A report collects; what follows at once (registered, dispatched) is told step by step by whoever
-- writes it. Any other creation, such as an import, starts at the stage that it brings.
CREATE FUNCTION incident_created() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who text := current_actor();
  what text := coalesce(nullif(current_setting('wangge.action', true), ''), 'report');
  ids bigint[];
BEGIN
  INSERT INTO incident_event (incident_id, at, actor, action, to_stage, reason, data)
  SELECT id, reported_at, who, what, CASE what WHEN 'report' THEN 'collected' ELSE stage END,
         nullif(current_setting('wangge.reason', true), ''),
         jsonb_strip_nulls(jsonb_build_object('grid', grid_code, 'queue', queue_id,
           'person', person_id, 'level', responsible_level, 'rule', route_rule))
  FROM created;
  SELECT array_agg(id) INTO ids FROM (SELECT id FROM created ORDER BY id LIMIT 21) AS few;
  PERFORM pg_notify('wangge_incident', CASE WHEN cardinality(ids) BETWEEN 1 AND 20
    THEN json_build_object('change', 'created', 'ids', ids)::text
    ELSE json_build_object('change', 'many')::text END);
  RETURN NULL;
END $$;
CREATE TRIGGER incident_created AFTER INSERT ON incident
  REFERENCING NEW TABLE AS created FOR EACH STATEMENT EXECUTE FUNCTION incident_created();

CREATE FUNCTION incident_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who text := current_actor();
  ids bigint[];
BEGIN
  INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage, reason, data)
  SELECT n.id, now(), who,
         coalesce(nullif(current_setting('wangge.action', true), ''), 'change'), o.stage, n.stage,
         nullif(current_setting('wangge.reason', true), ''),
         (SELECT jsonb_object_agg(a.key, jsonb_build_array(b.value, a.value))
            FROM jsonb_each(to_jsonb(n) - '{version,location_3857}'::text[]) AS a
            JOIN jsonb_each(to_jsonb(o)) AS b USING (key)
           WHERE a.value IS DISTINCT FROM b.value)
  FROM after_change AS n JOIN before_change AS o USING (id);
  SELECT array_agg(id) INTO ids FROM (SELECT id FROM after_change ORDER BY id LIMIT 21) AS few;
  PERFORM pg_notify('wangge_incident', CASE WHEN cardinality(ids) BETWEEN 1 AND 20
    THEN json_build_object('change', 'changed', 'ids', ids)::text
    ELSE json_build_object('change', 'many')::text END);
  RETURN NULL;
END $$;
CREATE TRIGGER incident_changed AFTER UPDATE ON incident
  REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change
  FOR EACH STATEMENT EXECUTE FUNCTION incident_changed();

-- A post is ended, not rewritten.
CREATE FUNCTION post_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.person_id, NEW.grid_id, NEW.role, NEW.seat, lower(NEW.held), NEW.recorded_at,
      NEW.recorded_by) IS DISTINCT FROM (OLD.id, OLD.person_id, OLD.grid_id, OLD.role, OLD.seat,
      lower(OLD.held), OLD.recorded_at, OLD.recorded_by) OR OLD.ended_by IS NOT NULL THEN
    RAISE EXCEPTION 'a post can only be ended, once' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER post_only_ends BEFORE UPDATE ON post
  FOR EACH ROW EXECUTE FUNCTION post_only_ends();

CREATE FUNCTION plan_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE who text := current_actor();
BEGIN
  INSERT INTO plan_event (plan_id, actor, action, from_status, to_status, reason)
  VALUES (NEW.id, who,
          coalesce(nullif(current_setting('wangge.action', true), ''),
                   CASE TG_OP WHEN 'INSERT' THEN 'create' ELSE 'change' END),
          CASE TG_OP WHEN 'UPDATE' THEN OLD.status END, NEW.status,
          nullif(current_setting('wangge.reason', true), ''));
  IF NEW.status IN ('published', 'superseded') THEN
    PERFORM pg_notify('wangge_plan', json_build_object('id', NEW.id, 'status', NEW.status)::text);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER plan_history AFTER INSERT OR UPDATE ON plan
  FOR EACH ROW EXECUTE FUNCTION plan_history();

-- What has been in force stays as it was.
CREATE FUNCTION plan_in_force_is_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM touched JOIN plan ON plan.id = touched.plan_id
             WHERE plan.status IN ('published', 'superseded')) THEN
    RAISE EXCEPTION 'the grids of a plan that is or was in force cannot change'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER grid_frozen_insert AFTER INSERT ON grid REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION plan_in_force_is_frozen();
CREATE TRIGGER grid_frozen_update AFTER UPDATE ON grid REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION plan_in_force_is_frozen();
CREATE TRIGGER grid_frozen_delete AFTER DELETE ON grid REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION plan_in_force_is_frozen();
CREATE TRIGGER grid_unit_frozen_insert AFTER INSERT ON grid_unit REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION plan_in_force_is_frozen();
CREATE TRIGGER grid_unit_frozen_update AFTER UPDATE ON grid_unit REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION plan_in_force_is_frozen();
CREATE TRIGGER grid_unit_frozen_delete AFTER DELETE ON grid_unit REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION plan_in_force_is_frozen();

-- The owner of a point in SQL: on a shared boundary the smallest grid code that touches it.
CREATE FUNCTION owning_grid(of_plan bigint, lon double precision, lat double precision)
RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT code FROM grid
  WHERE plan_id = of_plan AND level = 3
    AND geom_3857 && ST_Expand(ST_Transform(ST_SetSRID(ST_MakePoint(lon, lat), 4326), 3857), 1)
    AND ST_Intersects(geom, ST_SetSRID(ST_MakePoint(lon, lat), 4326))
  ORDER BY code LIMIT 1
$$;
