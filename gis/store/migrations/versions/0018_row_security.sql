-- Who sees what. The application takes on the role wangge_app for the length of a transaction and
-- names a scope (gis/store/scope.py): what no policy allows is not there. The owner of the tables,
-- who migrates, works off jobs and keeps what all share, is held to nothing.

-- What a scope says. A setting that was never made is nothing, whatever it is about.
CREATE FUNCTION scope_setting(name text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('wangge.scope_' || name, true), '')
$$;
CREATE FUNCTION scope_id(name text) RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT scope_setting(name)::bigint
$$;
CREATE FUNCTION scope_ids(name text) RETURNS bigint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(scope_setting(name), '{}')::bigint[]
$$;
CREATE FUNCTION scope_texts(name text) RETURNS text[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(scope_setting(name), '{}')::text[]
$$;

-- Codes carry the tree: what begins with the code of an organisation is below it.
CREATE FUNCTION scope_below(code text, name text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(scope_setting(name) = '*' OR starts_with(code, scope_setting(name)), false)
$$;
-- In the tree of the scope, or on the way down to it.
CREATE FUNCTION scope_near(code text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT scope_below(code, 'prefix') OR coalesce(starts_with(scope_setting('prefix'), code), false)
$$;
-- Where the desk of the scope may write: within its organisation's tree.
CREATE FUNCTION scope_own(code text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT scope_below(code, 'own')
$$;
-- A department counts as its parent does.
CREATE FUNCTION scope_own_organisation(organisation_id bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT EXISTS (SELECT FROM organisation AS o LEFT JOIN organisation AS p ON p.id = o.parent_id
                 WHERE o.id = organisation_id
                   AND scope_own(CASE o.kind WHEN 'department' THEN p.code ELSE o.code END))
$$;
CREATE FUNCTION scope_near_organisation(organisation_id bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT EXISTS (SELECT FROM organisation AS o LEFT JOIN organisation AS p ON p.id = o.parent_id
                 WHERE o.id = organisation_id
                   AND (scope_near(CASE o.kind WHEN 'department' THEN p.code ELSE o.code END)
                        OR o.id = ANY (scope_ids('departments'))))
$$;
-- Desks of the whole installation see and change everything.
CREATE FUNCTION scope_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(scope_setting('own') = '*', false)
$$;
-- What all jurisdictions share is changed by whoever is over all of them.
CREATE FUNCTION scope_over_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT scope_all() OR cardinality(scope_ids('jurisdictions')) > 0 AND NOT EXISTS (
    SELECT FROM plan WHERE jurisdiction_id <> ALL (scope_ids('jurisdictions')))
$$;

-- Reads and writes of tables by what their rows must fulfil, of whoever does not see everything
-- (`but_all`; else of everybody). Later migrations guard their own tables by it.
-- `write` is asked of the rows that are changed, and `written` of what becomes of them. {x} stands
-- for: the row's jurisdiction is one of the scope's x.
CREATE FUNCTION guard_rows(tables text, read text, verbs text DEFAULT 'SELECT',
  write text DEFAULT NULL, written text DEFAULT NULL, but_all boolean DEFAULT true)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  name text;
  all_but CONSTANT text := CASE WHEN but_all THEN '(SELECT scope_all()) OR ' ELSE '' END;
  among CONSTANT text := 'jurisdiction_id = ANY ((SELECT scope_ids(''\1''))::bigint[])';
BEGIN
  read := regexp_replace(CASE read WHEN 'true' THEN '' ELSE all_but END || read, '\{(\w+)\}', among);
  write := regexp_replace(all_but || write, '\{(\w+)\}', among);
  written := coalesce(regexp_replace(all_but || written, '\{(\w+)\}', among), write);
  FOREACH name IN ARRAY string_to_array(tables, ' ') LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT %s ON %I TO wangge_app', verbs, name);
    EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO wangge_app USING (%s)',
                   name || '_read', name, read);
    IF verbs ~ 'INSERT' THEN
      EXECUTE format('CREATE POLICY %I ON %I FOR INSERT TO wangge_app WITH CHECK (%s)',
                     name || '_add', name, written);
    END IF;
    IF verbs ~ 'UPDATE' THEN
      EXECUTE format('CREATE POLICY %I ON %I FOR UPDATE TO wangge_app USING (%s) WITH CHECK (%s)',
                     name || '_change', name, write, written);
    END IF;
    IF verbs ~ 'DELETE' THEN
      EXECUTE format('CREATE POLICY %I ON %I FOR DELETE TO wangge_app USING (%s)',
                     name || '_remove', name, write);
    END IF;
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO wangge_app;
-- Imports take numbers before they write the rows.
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO wangge_app;

-- Boundaries, categories and names are read by all: a place is routed by whatever plan it lies in.
SELECT guard_rows('plan unit street building water', 'true', 'SELECT, INSERT, UPDATE, DELETE',
  '{jurisdictions}');
SELECT guard_rows('grid grid_unit', 'true', 'SELECT, INSERT, UPDATE, DELETE',
  'EXISTS (SELECT FROM plan WHERE plan.id = plan_id
           AND plan.jurisdiction_id = ANY (scope_ids(''jurisdictions'')))');
SELECT guard_rows('plan_event',
  'EXISTS (SELECT FROM plan WHERE plan.id = plan_id
           AND plan.jurisdiction_id = ANY (scope_ids(''reach'')))');
SELECT guard_rows('category source_system', 'true', 'SELECT, INSERT, UPDATE',
  '(SELECT scope_over_all())');
SELECT guard_rows('routing_version', 'true');
SELECT guard_rows('queue', 'true', 'SELECT, INSERT, UPDATE',
  '{jurisdictions}');
SELECT guard_rows('organisation', 'true', 'SELECT, INSERT, UPDATE',
  'scope_own(CASE WHEN kind <> ''department'' THEN code ELSE
     (SELECT p.code FROM organisation AS p WHERE p.id = organisation.parent_id) END)');

-- How a jurisdiction routes.
SELECT guard_rows('routing_setting step_setting', 'true', 'SELECT, INSERT, UPDATE',
  '{jurisdictions}');
SELECT guard_rows('routing_rule rule_order asset duty_item',
  '{reach}', 'SELECT, INSERT, UPDATE',
  '{jurisdictions}');
SELECT guard_rows('serial_counter serial_block',
  '{reach}',
  'SELECT, INSERT, UPDATE, DELETE',
  '{reach}');

-- People, and what they are there for.
SELECT guard_rows('post',
  'person_id = (SELECT scope_id(''person''))
   OR EXISTS (SELECT FROM grid WHERE grid.id = grid_id AND scope_near(grid.code))',
  'SELECT, INSERT, UPDATE',
  'EXISTS (SELECT FROM grid WHERE grid.id = grid_id AND scope_own(grid.code))');
SELECT guard_rows('department_tie',
  'department_id = ANY ((SELECT scope_ids(''departments''))::bigint[])
   OR EXISTS (SELECT FROM grid WHERE grid.id = grid_id AND scope_near(grid.code))',
  'SELECT, INSERT, UPDATE',
  'EXISTS (SELECT FROM grid WHERE grid.id = grid_id AND scope_own(grid.code))');
SELECT guard_rows('duty',
  '{reach} AND scope_near(grid_code)',
  'SELECT, INSERT, UPDATE',
  '{reach} AND scope_own(grid_code)');
SELECT guard_rows('contact', 'scope_near_organisation(organisation_id)',
  'SELECT, INSERT, UPDATE', 'scope_own_organisation(organisation_id)');

-- Cases: of whole jurisdictions, of the tree below a sub-district or community, of a worker's grids,
-- of a department in charge, and those that somebody has or had a hand in.
CREATE FUNCTION scope_hand(of_incident bigint) RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM hand WHERE hand.incident_id = of_incident
                 AND (hand.organisation_id = ANY (scope_ids('departments'))
                      OR hand.person_id = scope_id('person')))
      OR EXISTS (SELECT FROM incident_event AS e WHERE e.incident_id = of_incident
                 AND e.action = 'report' AND e.actor = scope_setting('by'));
END $$;
SELECT guard_rows('incident',
  '{jurisdictions}
   OR starts_with(grid_code, (SELECT scope_setting(''below'')))
   OR grid_code = ANY ((SELECT scope_texts(''grids''))::text[])
   OR person_id = (SELECT scope_id(''person''))
   OR department_id = ANY ((SELECT scope_ids(''departments''))::bigint[])
   OR (SELECT scope_id(''person'') IS NOT NULL OR scope_setting(''departments'') <> ''{}'')
      AND scope_hand(id)',
  'SELECT, INSERT, UPDATE', 'true',
  '{reach}');
SELECT guard_rows('incident_event owner_choice hand_over',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)', 'SELECT, INSERT, UPDATE',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)');
SELECT guard_rows('carried_over',
  'EXISTS (SELECT FROM plan WHERE plan.id = to_plan_id
           AND plan.jurisdiction_id = ANY (scope_ids(''reach'')))');
SELECT guard_rows('idempotency_key', 'caller = (SELECT scope_setting(''by''))', 'SELECT, INSERT',
  'caller = (SELECT scope_setting(''by''))');
SELECT guard_rows('import_job',
  '{jurisdictions}
   OR created_by = (SELECT scope_setting(''by''))',
  'SELECT, INSERT, UPDATE', '{reach}');

SELECT guard_rows('person',
  'id = (SELECT scope_id(''person''))
   OR EXISTS (SELECT FROM organisation AS o LEFT JOIN organisation AS p ON p.id = o.parent_id
              WHERE o.id = person.organisation_id
                AND scope_near(CASE o.kind WHEN ''department'' THEN p.code ELSE o.code END))
   OR organisation_id = ANY ((SELECT scope_ids(''departments''))::bigint[])
   OR EXISTS (SELECT FROM post WHERE post.person_id = person.id)
   OR EXISTS (SELECT FROM queue WHERE queue.person_id = person.id
              AND queue.jurisdiction_id = ANY (scope_ids(''reach'')))
   OR EXISTS (SELECT FROM contact WHERE contact.person_id = person.id)
   OR EXISTS (SELECT FROM duty WHERE duty.person_id = person.id)
   -- LIMIT: asked of each person by index, never of all open cases at once
   OR (SELECT true FROM incident WHERE incident.person_id = person.id AND incident.is_open LIMIT 1)',
  'SELECT, INSERT, UPDATE',
  'scope_own_organisation(organisation_id)
   OR EXISTS (SELECT FROM post JOIN grid ON grid.id = post.grid_id
              WHERE post.person_id = person.id AND scope_own(grid.code))
   OR EXISTS (SELECT FROM queue WHERE queue.person_id = person.id
              AND queue.jurisdiction_id = ANY (scope_ids(''jurisdictions'')))',
  'scope_own_organisation(organisation_id)
   OR EXISTS (SELECT FROM post JOIN grid ON grid.id = post.grid_id
              WHERE post.person_id = person.id AND scope_own(grid.code))');
CREATE FUNCTION scope_own_person(of_person bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM person WHERE id = of_person AND scope_own_organisation(organisation_id))
      OR EXISTS (SELECT FROM post JOIN grid ON grid.id = post.grid_id
                 WHERE post.person_id = of_person AND scope_own(grid.code))
      OR EXISTS (SELECT FROM queue WHERE queue.person_id = of_person
                 AND queue.jurisdiction_id = ANY (scope_ids('jurisdictions')))
$$;
SELECT guard_rows('person_version', 'EXISTS (SELECT FROM person WHERE person.id = person_id)',
  'SELECT, INSERT, UPDATE', 'scope_own_person(person_id)',
  'scope_own_organisation(organisation_id) OR scope_own_person(person_id)');
SELECT guard_rows('organisation_version', 'true', 'SELECT, INSERT, UPDATE',
  'scope_own_organisation(organisation_id)');
SELECT guard_rows('attachment',
  'scope_near(target_code) OR scope_near_organisation(organisation_id)', 'SELECT, INSERT, UPDATE',
  'scope_own_organisation(organisation_id)');
SELECT guard_rows('departure', 'EXISTS (SELECT FROM person WHERE person.id = person_id)',
  'SELECT, INSERT, UPDATE', 'scope_own_person(person_id)');
SELECT guard_rows('pinyin', 'true');
SELECT guard_rows('absence', 'EXISTS (SELECT FROM person WHERE person.id = person_id)',
  'SELECT, INSERT, UPDATE', 'scope_own_person(person_id)');

SELECT guard_rows('hand approval alarm',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)', 'SELECT, INSERT, UPDATE',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)');

-- Deadlines: the table of a jurisdiction, and the clocks of its cases.
SELECT guard_rows('office_calendar deadline deadline_setting', 'true', 'SELECT, INSERT, UPDATE',
  '{jurisdictions}');
SELECT guard_rows('clock clock_notice',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)', 'SELECT, INSERT, UPDATE',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)');

-- What came in with a case, or is yet to become one.
SELECT guard_rows('supplement',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)', 'SELECT, INSERT',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)');
SELECT guard_rows('unlocated_report',
  '{jurisdictions}',
  'SELECT, INSERT, UPDATE',
  '{jurisdictions}');
SELECT guard_rows('photo',
  'incident_id IS NULL AND account_id = (SELECT scope_id(''account''))
   OR EXISTS (SELECT FROM incident WHERE incident.id = incident_id)
   OR EXISTS (SELECT FROM unlocated_report AS r WHERE r.id = report_id)',
  'SELECT, INSERT, UPDATE, DELETE',
  'incident_id IS NULL AND account_id = (SELECT scope_id(''account''))
   OR EXISTS (SELECT FROM unlocated_report AS r WHERE r.id = report_id)',
  'account_id = (SELECT scope_id(''account''))
   OR EXISTS (SELECT FROM incident WHERE incident.id = incident_id)');

-- Triggers write history and counts for whoever changes something, and may do more than he.
DO $$
DECLARE made regprocedure;
BEGIN
  FOR made IN SELECT p.oid FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
              WHERE n.nspname = 'public' AND p.prorettype = 'trigger'::regtype AND NOT EXISTS (
                SELECT FROM pg_depend WHERE objid = p.oid AND classid = 'pg_proc'::regclass
                                        AND deptype = 'e') LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public, pg_temp', made);
  END LOOP;
END $$;
