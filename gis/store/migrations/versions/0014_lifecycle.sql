-- Whoever has an open case in hand is always known: a case gets its first hand as it comes in, and
-- where its owner changes by anything but a step (a new plan, a moved pin, a hand-over), the hand
-- goes over with it. A step writes the hands itself and says so: wangge.hands = 'given'.

CREATE FUNCTION hand_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  marks text[] := '{accepted_at,accepted_by,until,ended_by,ended_how}';
BEGIN
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks OR OLD.until IS NOT NULL
     OR NEW.accepted_at IS DISTINCT FROM OLD.accepted_at AND OLD.accepted_at IS NOT NULL THEN
    RAISE EXCEPTION 'a hand can only be accepted and ended, once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER hand_only_ends BEFORE UPDATE ON hand
  FOR EACH ROW EXECUTE FUNCTION hand_only_ends();
CREATE TRIGGER hand_never_deleted BEFORE DELETE OR TRUNCATE ON hand
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION approval_decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  marks text[] := '{decided_at,decided_by,decision,decided_reason}';
BEGIN
  IF OLD.decided_at IS NOT NULL THEN
    marks := '{}';
  END IF;
  IF to_jsonb(NEW) - 'resumed_at' - marks IS DISTINCT FROM to_jsonb(OLD) - 'resumed_at' - marks
     OR OLD.resumed_at IS NOT NULL THEN
    RAISE EXCEPTION 'what was asked can only be decided, once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER approval_decided_once BEFORE UPDATE ON approval
  FOR EACH ROW EXECUTE FUNCTION approval_decided_once();
CREATE TRIGGER approval_never_deleted BEFORE DELETE OR TRUNCATE ON approval
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER alarm_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON alarm
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER step_setting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON step_setting
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The level of an organisation: 2 community to -1 city; a department acts one below its own.
CREATE FUNCTION organisation_level(kind text, parent_kind text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT (CASE kind WHEN 'department' THEN 1 ELSE 0 END
          + CASE CASE kind WHEN 'department' THEN coalesce(parent_kind, 'district') ELSE kind END
            WHEN 'city' THEN -1 WHEN 'district' THEN 0 WHEN 'sub_district' THEN 1 ELSE 2 END
         )::smallint
$$;

-- Lead hands for open cases that have none: with the person who answers, or else with the desk.
-- `steps` are those that a step had sent where they are.
CREATE FUNCTION take_in_hand(ids bigint[], moment timestamptz, who text, steps bigint[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO hand (incident_id, task, sent, level, organisation_id, post_id, person_id, since,
                    given_by)
  SELECT i.id, t.task, i.id = ANY (coalesce(steps, '{}')),
         CASE WHEN t.at_desk OR i.post_id IS NULL
              THEN CASE WHEN t.at_desk OR i.contact_id IS NULL THEN organisation_level(j.kind, NULL)
                   ELSE organisation_level(d.kind, p.kind) END
              ELSE i.responsible_level END,
         CASE WHEN t.at_desk OR i.person_id IS NULL OR i.post_id IS NULL AND i.contact_id IS NULL
              THEN i.jurisdiction_id
              WHEN i.post_id IS NULL THEN i.department_id END,
         CASE WHEN NOT t.at_desk THEN i.post_id END,
         CASE WHEN NOT t.at_desk THEN i.person_id END,
         coalesce(moment, i.reported_at), who
  FROM incident AS i
  JOIN organisation AS j ON j.id = i.jurisdiction_id
  LEFT JOIN organisation AS d ON d.id = i.department_id AND i.contact_id IS NOT NULL
  LEFT JOIN organisation AS p ON p.id = d.parent_id,
  LATERAL (SELECT CASE i.stage WHEN 'collected' THEN 'verify_report' WHEN 'registered'
           THEN 'dispatch' WHEN 'dispatched' THEN 'handle' WHEN 'handled' THEN 'feed_back'
           ELSE 'verify_result' END AS task, i.stage IN ('registered', 'fed_back') AS at_desk) AS t
  WHERE i.id = ANY(ids);
END $$;

SELECT take_in_hand(array_agg(id), NULL, 'system', NULL) FROM incident WHERE is_open;

CREATE FUNCTION incident_in_hand() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who text := current_actor();
  ids bigint[];
BEGIN
  IF coalesce(current_setting('wangge.hands', true), '') = 'given' THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(id) INTO ids FROM created WHERE is_open;
  IF ids IS NOT NULL THEN
    PERFORM take_in_hand(ids, clock_timestamp(), who, NULL);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER incident_in_hand AFTER INSERT ON incident
  REFERENCING NEW TABLE AS created FOR EACH STATEMENT EXECUTE FUNCTION incident_in_hand();

-- A post that a plan carries over under another number leaves its case in the same hand; so does
-- a new owner while the desk has it. Departments that assist keep their parts until it is closed,
-- and the organisation to which a step has sent a case keeps it, whoever speaks for it.
CREATE FUNCTION incident_changes_hands() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off SET work_mem = '64MB' SET jit = off AS $$
DECLARE
  who text := current_actor();
  moment timestamptz := clock_timestamp();
  ids bigint[];
  still_open bigint[];
  steps bigint[];
  kept bigint[];
BEGIN
  IF coalesce(current_setting('wangge.hands', true), '') = 'given' THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(n.id), array_agg(n.id) FILTER (WHERE n.is_open) INTO ids, still_open
  FROM after_change AS n JOIN before_change AS o USING (id)
  WHERE (n.stage, n.jurisdiction_id) IS DISTINCT FROM (o.stage, o.jurisdiction_id)
     OR n.stage IN ('collected', 'dispatched', 'handled')
        AND (n.person_id, n.responsible_level, n.contact_id, n.queue_id, n.grid_code)
            IS DISTINCT FROM (o.person_id, o.responsible_level, o.contact_id, o.queue_id,
                              o.grid_code);
  IF ids IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(h.incident_id),
         array_agg(h.incident_id) FILTER (
           WHERE h.organisation_id IS NOT NULL OR h.person_id = n.person_id)
  INTO steps, kept
  FROM hand AS h JOIN after_change AS n ON n.id = h.incident_id
  JOIN before_change AS o ON o.id = n.id
  WHERE h.incident_id = ANY (ids) AND h.is_lead AND h.until IS NULL AND h.sent AND n.is_open
    AND (n.stage, n.jurisdiction_id) IS NOT DISTINCT FROM (o.stage, o.jurisdiction_id);
  IF kept IS NOT NULL THEN
    WITH turned AS (
      UPDATE hand AS h SET until = greatest(since, moment), ended_by = who, ended_how = 'moved'
      FROM after_change AS n
      WHERE n.id = h.incident_id AND h.incident_id = ANY (kept) AND h.is_lead AND h.until IS NULL
        AND h.person_id IS DISTINCT FROM n.person_id
      RETURNING h.incident_id
    )
    SELECT array_agg(incident_id) INTO kept FROM turned;
    INSERT INTO hand (incident_id, task, sent, level, organisation_id, person_id, since, given_by)
    SELECT DISTINCT ON (h.incident_id) h.incident_id, h.task, true, h.level, h.organisation_id,
           n.person_id, moment, who
    FROM hand AS h JOIN after_change AS n ON n.id = h.incident_id
    WHERE h.incident_id = ANY (kept) AND h.is_lead ORDER BY h.incident_id, h.id DESC;
    SELECT array_agg(id) INTO ids FROM unnest(ids) AS id
    WHERE id NOT IN (
      SELECT incident_id FROM hand AS h JOIN after_change AS n ON n.id = h.incident_id
      WHERE h.incident_id = ANY (steps) AND h.is_lead AND h.until IS NULL AND h.sent
        AND (h.organisation_id IS NOT NULL OR h.person_id = n.person_id));
    SELECT array_agg(id) INTO still_open FROM unnest(still_open) AS id WHERE id = ANY (ids);
  END IF;
  UPDATE hand SET until = greatest(since, moment), ended_by = who, ended_how = 'moved'
  WHERE incident_id = ANY (ids) AND until IS NULL
    AND (is_lead OR incident_id <> ALL (coalesce(still_open, '{}')));
  IF still_open IS NOT NULL THEN
    PERFORM take_in_hand(still_open, moment, who, steps);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER incident_changes_hands AFTER UPDATE ON incident
  REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change
  FOR EACH STATEMENT EXECUTE FUNCTION incident_changes_hands();

-- As before; the columns of a case's life count, and a step may add to what is told of it:
-- wangge.data, a JSON object.
CREATE OR REPLACE FUNCTION incident_changed() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off SET work_mem = '64MB' SET jit = off AS $$
DECLARE
  who text := current_actor();
  what text := coalesce(nullif(current_setting('wangge.action', true), ''), 'change');
  why text := nullif(current_setting('wangge.reason', true), '');
  more jsonb := nullif(current_setting('wangge.data', true), '')::jsonb;
  moment timestamptz := clock_timestamp();  -- who publishes may have begun before the last report
  alone bigint[];
BEGIN
  -- Compared is all that nobody computes but the plan, and the grid and post that follow from it:
  -- the same grid by its code, the same post by its holder, role and seat.
  WITH pair AS MATERIALIZED (
    SELECT n.id, o.plan_id AS from_plan_id, n.plan_id AS to_plan_id,
           n.plan_id <> o.plan_id AND
           (SELECT ROW (person_id, role, seat) FROM post WHERE id = n.post_id)
           IS NOT DISTINCT FROM
           (SELECT ROW (person_id, role, seat) FROM post WHERE id = o.post_id) AND
           (n.serial, n.jurisdiction_id, n.category_code, n.severity, n.source,
            n.source_ref, n.title, n.description, n.address, n.reporter_name,
            n.reporter_phone, n.reported_at, n.recorded_at, n.stage, n.due_at,
            n.closed_at, n.grid_code, n.queue_id, n.person_id, n.responsible_level,
            n.rule_id, n.department_id, n.contact_id, n.route_rule, n.synthetic,
            n.location, n.dismissed, n.merged_into, n.parked_until, n.supervised_until,
            n.satisfaction)
           IS NOT DISTINCT FROM
           (o.serial, o.jurisdiction_id, o.category_code, o.severity, o.source,
            o.source_ref, o.title, o.description, o.address, o.reporter_name,
            o.reporter_phone, o.reported_at, o.recorded_at, o.stage, o.due_at,
            o.closed_at, o.grid_code, o.queue_id, o.person_id, o.responsible_level,
            o.rule_id, o.department_id, o.contact_id, o.route_rule, o.synthetic,
            o.location, o.dismissed, o.merged_into, o.parked_until, o.supervised_until,
            o.satisfaction)
           AS carried
    FROM after_change AS n JOIN before_change AS o USING (id)
  ), together AS (
    INSERT INTO carried_over (from_plan_id, to_plan_id, at, actor, action, reason, incident_ids)
    SELECT from_plan_id, to_plan_id, moment, who, what, why, array_agg(id ORDER BY id)
    FROM pair WHERE carried GROUP BY 1, 2
  )
  SELECT array_agg(id ORDER BY id) INTO alone FROM pair WHERE carried IS NOT TRUE;
  IF alone IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage, reason, data)
  SELECT n.id, moment, who, what, o.stage, n.stage, why,
         (SELECT coalesce(jsonb_object_agg(a.key, jsonb_build_array(b.value, a.value)),
                          CASE WHEN more IS NOT NULL THEN '{}'::jsonb END)
            FROM jsonb_each(to_jsonb(n)
                   - '{version,location_3857,tile_px,tile_py,tile_key}'::text[]) AS a
            JOIN jsonb_each(to_jsonb(o)) AS b USING (key)
           WHERE a.value IS DISTINCT FROM b.value) || coalesce(more, '{}'::jsonb)
  FROM after_change AS n JOIN before_change AS o USING (id)
  JOIN unnest(alone) AS told (id) USING (id);
  PERFORM pg_notify('wangge_incident', CASE WHEN cardinality(alone) <= 20
    THEN json_build_object('change', 'changed', 'ids', alone)::text
    ELSE json_build_object('change', 'many')::text END);
  RETURN NULL;
END $$;
