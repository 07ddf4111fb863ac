-- As before; only now a case is left with its owner only if the post is the same, too: whoever is on
-- duty may answer for another holder than before, and that must be told in the case's own history.

CREATE OR REPLACE FUNCTION incident_changed() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off SET work_mem = '64MB' SET jit = off AS $$
DECLARE
  who text := current_actor();
  what text := coalesce(nullif(current_setting('wangge.action', true), ''), 'change');
  why text := nullif(current_setting('wangge.reason', true), '');
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
            n.location)
           IS NOT DISTINCT FROM
           (o.serial, o.jurisdiction_id, o.category_code, o.severity, o.source,
            o.source_ref, o.title, o.description, o.address, o.reporter_name,
            o.reporter_phone, o.reported_at, o.recorded_at, o.stage, o.due_at,
            o.closed_at, o.grid_code, o.queue_id, o.person_id, o.responsible_level,
            o.rule_id, o.department_id, o.contact_id, o.route_rule, o.synthetic,
            o.location)
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
         (SELECT jsonb_object_agg(a.key, jsonb_build_array(b.value, a.value))
            FROM jsonb_each(to_jsonb(n)
                   - '{version,location_3857,tile_px,tile_py,tile_key}'::text[]) AS a
            JOIN jsonb_each(to_jsonb(o)) AS b USING (key)
           WHERE a.value IS DISTINCT FROM b.value)
  FROM after_change AS n JOIN before_change AS o USING (id)
  JOIN unnest(alone) AS told (id) USING (id);
  PERFORM pg_notify('wangge_incident', CASE WHEN cardinality(alone) <= 20
    THEN json_build_object('change', 'changed', 'ids', alone)::text
    ELSE json_build_object('change', 'many')::text END);
  RETURN NULL;
END $$;
