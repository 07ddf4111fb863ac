-- Who did something is known by the account, which keeps its number when its name changes.
CREATE OR REPLACE FUNCTION hand_only_ends() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{accepted_at,accepted_by,accepted_account_id,'
                  'until,ended_by,ended_account_id,ended_how}';
BEGIN
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks OR OLD.until IS NOT NULL
     OR NEW.accepted_at IS DISTINCT FROM OLD.accepted_at AND OLD.accepted_at IS NOT NULL THEN
    RAISE EXCEPTION 'a hand can only be accepted and ended, once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;

-- What was noted before names people as "name (login)": a name may have changed since, a login
-- never does.
ALTER TABLE hand DISABLE TRIGGER hand_only_ends;
UPDATE hand SET accepted_account_id = a.id FROM account AS a
WHERE substring(accepted_by FROM ' \(([a-z0-9._@-]+)\)$') = a.login;
UPDATE hand SET ended_account_id = a.id FROM account AS a
WHERE substring(ended_by FROM ' \(([a-z0-9._@-]+)\)$') = a.login;
ALTER TABLE hand ENABLE TRIGGER hand_only_ends;
ALTER TABLE approval DISABLE TRIGGER approval_decided_once;
UPDATE approval SET asked_account_id = a.id FROM account AS a
WHERE substring(asked_by FROM ' \(([a-z0-9._@-]+)\)$') = a.login;
ALTER TABLE approval ENABLE TRIGGER approval_decided_once;

-- Keys of requests are an account's, by its number; those of before are found under it, too. Of
-- several with one key, sent under different names, the newest is.
UPDATE idempotency_key AS k SET caller = 'account ' || newest.account_id
FROM (
  SELECT DISTINCT ON (a.id, sent.key) a.id AS account_id, sent.caller, sent.key
  FROM idempotency_key AS sent
  JOIN account AS a ON substring(sent.caller FROM ' \(([a-z0-9._@-]+)\)$') = a.login
  ORDER BY a.id, sent.key, sent.recorded_at DESC, sent.caller
) AS newest
WHERE (k.caller, k.key) = (newest.caller, newest.key);

-- Overdue clocks of open cases that were once left without a next moment are looked at again.
UPDATE clock SET next_at = now() FROM incident AS i
WHERE i.id = clock.incident_id AND i.is_open AND told >= 2 AND next_at IS NULL
  AND stopped_at IS NULL AND paused_at IS NULL;

ALTER POLICY idempotency_key_read ON idempotency_key USING (
  (SELECT scope_all())
  OR caller IN ((SELECT scope_setting('by')), (SELECT 'account ' || scope_setting('account'))));
ALTER POLICY idempotency_key_add ON idempotency_key WITH CHECK (
  (SELECT scope_all())
  OR caller IN ((SELECT scope_setting('by')), (SELECT 'account ' || scope_setting('account'))));

-- The stage of the case into which another was merged, through all that it was merged into, while
-- that is open. Whoever sees the one may know so much of the other.
CREATE FUNCTION main_stage(of_incident bigint) RETURNS text LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  WITH RECURSIVE up AS (
    SELECT id, merged_into, stage, is_open FROM incident WHERE id = of_incident
    UNION SELECT i.id, i.merged_into, i.stage, i.is_open
    FROM incident AS i JOIN up ON i.id = up.merged_into
  )
  SELECT stage FROM up WHERE merged_into IS NULL AND is_open
$$;

-- Lead hands for open cases that have none: with the person who answers, or else with the desk.
-- `tasks`: what was to be done next, by case; where nothing is said, the first task of its stage.
DROP FUNCTION take_in_hand(bigint[], timestamptz, text, bigint[]);
CREATE FUNCTION take_in_hand(ids bigint[], moment timestamptz, who text, tasks jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO hand (incident_id, task, level, organisation_id, post_id, person_id, since, given_by)
  SELECT i.id, t.task,
         CASE WHEN d.at_desk OR i.post_id IS NULL
              THEN CASE WHEN d.at_desk OR i.contact_id IS NULL THEN organisation_level(j.kind, NULL)
                   ELSE organisation_level(o.kind, p.kind) END
              ELSE i.responsible_level END,
         CASE WHEN d.at_desk OR i.person_id IS NULL OR i.post_id IS NULL AND i.contact_id IS NULL
              THEN i.jurisdiction_id
              WHEN i.post_id IS NULL THEN i.department_id END,
         CASE WHEN NOT d.at_desk THEN i.post_id END,
         CASE WHEN NOT d.at_desk THEN i.person_id END,
         coalesce(moment, i.reported_at), who
  FROM incident AS i
  JOIN organisation AS j ON j.id = i.jurisdiction_id
  LEFT JOIN organisation AS o ON o.id = i.department_id AND i.contact_id IS NOT NULL
  LEFT JOIN organisation AS p ON p.id = o.parent_id,
  LATERAL (SELECT coalesce(tasks ->> i.id::text, CASE i.stage
           WHEN 'collected' THEN 'verify_report' WHEN 'registered' THEN 'dispatch'
           WHEN 'dispatched' THEN 'handle' WHEN 'handled' THEN 'feed_back'
           ELSE 'verify_result' END) AS task) AS t,
  LATERAL (SELECT t.task IN ('register', 'dispatch', 'verify_result', 'close') AS at_desk) AS d
  WHERE i.id = ANY(ids);
END $$;

CREATE OR REPLACE FUNCTION incident_in_hand() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
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

-- The office over a place at a level, or where there is none the nearest one above it.
CREATE FUNCTION office_over(place text, at_level integer) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT id FROM organisation
  WHERE kind <> 'department' AND coalesce(closed_at > clock_timestamp(), true)
    AND code = ANY (ARRAY(SELECT left(place, size) FROM unnest(ARRAY[4, 6, 9, 12]) AS size
      WHERE size <= CASE at_level WHEN 2 THEN 12 WHEN 1 THEN 9 WHEN 0 THEN 6 ELSE 4 END))
  ORDER BY length(code) DESC LIMIT 1
$$;

-- What changes otherwise than by a step (a new plan, a moved pin, a hand-over) changes hands by the
-- task that is in hand, never the task itself: what was checked stays checked, and what a desk has
-- in hand it keeps while the case is in its jurisdiction and below it. Where a step has sent a case, it stays:
-- with the department or with the office over its place, whoever speaks for it, or with the post,
-- whoever holds it; and what went up above the basic grids and goes on up stays up: from an office
-- that the place is no longer below, with the post or the office of that level there. Departments
-- that assist keep their parts until it is closed or another jurisdiction's; what was asked of those
-- above lapses then, too.
CREATE OR REPLACE FUNCTION incident_changes_hands() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp
SET enable_nestloop = off SET work_mem = '64MB' SET jit = off AS $$
DECLARE
  who text := current_actor();
  moment timestamptz := clock_timestamp();
  why text := nullif(current_setting('wangge.reason', true), '');
  ids bigint[];
  staged bigint[];
  elsewhere bigint[];
  kept bigint[];
  strayed bigint[];
  tasks jsonb;
BEGIN
  IF coalesce(current_setting('wangge.hands', true), '') = 'given' THEN
    RETURN NULL;
  END IF;
  SELECT array_agg(n.id), array_agg(n.id) FILTER (WHERE n.stage IS DISTINCT FROM o.stage),
         array_agg(n.id) FILTER (
           WHERE n.jurisdiction_id IS DISTINCT FROM o.jurisdiction_id OR NOT n.is_open)
  INTO ids, staged, elsewhere
  FROM after_change AS n JOIN before_change AS o USING (id)
  WHERE (n.stage, n.jurisdiction_id, n.person_id, n.responsible_level, n.contact_id, n.queue_id,
         n.grid_code)
        IS DISTINCT FROM (o.stage, o.jurisdiction_id, o.person_id, o.responsible_level,
                          o.contact_id, o.queue_id, o.grid_code);
  IF ids IS NULL THEN
    RETURN NULL;
  END IF;
  staged := coalesce(staged, '{}');
  elsewhere := coalesce(elsewhere, '{}');
  SELECT array_agg(t.id),
         jsonb_object_agg(t.id, h.task) FILTER (
           WHERE h.task IS NOT NULL AND t.id <> ALL (staged))
  INTO ids, tasks
  FROM unnest(ids) AS t (id)
  LEFT JOIN (
    SELECT incident_id, task, f.code AS office FROM hand
    LEFT JOIN organisation AS f ON f.id = organisation_id AND f.kind <> 'department'
    WHERE incident_id = ANY (ids) AND is_lead AND until IS NULL
  ) AS h ON h.incident_id = t.id
  LEFT JOIN after_change AS n ON n.id = t.id
  LEFT JOIN organisation AS j ON j.id = n.jurisdiction_id
  WHERE t.id = ANY (staged) OR t.id = ANY (elsewhere)
     OR coalesce(h.task, '') NOT IN ('register', 'dispatch', 'verify_result', 'close')
     OR NOT starts_with(coalesce(n.grid_code, j.code), h.office);
  IF ids IS NULL THEN
    RETURN NULL;
  END IF;
  UPDATE approval SET decided_at = moment, decided_by = who, decision = 'void',
         decided_reason = why
  WHERE incident_id = ANY (elsewhere) AND decided_at IS NULL;
  -- Those that stay where a step has sent them, and of these the ones with another person now.
  SELECT array_agg(h.incident_id),
         array_agg(h.incident_id) FILTER (WHERE is_kind.office_elsewhere)
  INTO kept, strayed
  FROM hand AS h JOIN after_change AS n ON n.id = h.incident_id
  JOIN before_change AS o ON o.id = n.id AND o.stage = n.stage
  JOIN organisation AS j ON j.id = n.jurisdiction_id
  LEFT JOIN organisation AS f ON f.id = h.organisation_id
  LEFT JOIN post AS was ON was.id = h.post_id LEFT JOIN grid AS was_in ON was_in.id = was.grid_id
  LEFT JOIN post AS is_now ON is_now.id = n.post_id
  LEFT JOIN grid AS now_in ON now_in.id = is_now.grid_id,
  LATERAL (SELECT coalesce(
    f.kind <> 'department' AND NOT starts_with(coalesce(n.grid_code, j.code), f.code), false
  ) AS office_elsewhere) AS is_kind
  WHERE h.incident_id = ANY (ids) AND h.incident_id <> ALL (elsewhere)
    AND h.is_lead AND h.until IS NULL AND h.sent
    AND (h.organisation_id IS NOT NULL
           AND (NOT is_kind.office_elsewhere OR n.post_id IS NULL AND n.contact_id IS NULL)
         OR was_in.code = now_in.code AND was.role = is_now.role
            AND (was.seat = is_now.seat OR was.person_id = is_now.person_id)
         OR h.level < 3 AND n.responsible_level <= h.level AND n.post_id IS NOT NULL);
  IF kept IS NOT NULL THEN
    strayed := coalesce(strayed, '{}');
    WITH turned AS (
      UPDATE hand AS h SET until = greatest(since, moment), ended_by = who, ended_how = 'moved'
      FROM after_change AS n JOIN organisation AS j ON j.id = n.jurisdiction_id
      WHERE n.id = h.incident_id AND h.incident_id = ANY (kept) AND h.is_lead AND h.until IS NULL
        AND (n.id = ANY (strayed)
             OR h.person_id IS DISTINCT FROM n.person_id
                AND (h.organisation_id IS NULL OR n.post_id IS NULL))
      RETURNING h.incident_id, h.task, n.post_id, n.person_id, h.until,
                CASE WHEN h.incident_id <> ALL (strayed) THEN h.organisation_id
                     WHEN n.post_id IS NULL
                     THEN coalesce(office_over(coalesce(n.grid_code, j.code), h.level), j.id) END
                AS organisation_id,
                CASE WHEN h.organisation_id IS NULL
                          OR h.incident_id = ANY (strayed) AND n.post_id IS NOT NULL
                     THEN n.responsible_level ELSE h.level END
                AS level
    )
    INSERT INTO hand (incident_id, task, sent, level, organisation_id, post_id, person_id, since,
                      given_by)
    SELECT incident_id, task, true, level, organisation_id,
           CASE WHEN organisation_id IS NULL THEN post_id END, person_id, until, who FROM turned;
    SELECT array_agg(id) INTO ids FROM unnest(ids) AS id WHERE id <> ALL (kept);
  END IF;
  UPDATE hand SET until = greatest(since, moment), ended_by = who, ended_how = 'moved'
  WHERE incident_id = ANY (ids) AND until IS NULL
    AND (is_lead OR incident_id = ANY (elsewhere));
  SELECT array_agg(id) INTO ids FROM after_change WHERE id = ANY (ids) AND is_open;
  IF ids IS NOT NULL THEN
    PERFORM take_in_hand(ids, moment, who, tasks);
  END IF;
  RETURN NULL;
END $$;
