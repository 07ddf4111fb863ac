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
-- What all jurisdictions share is changed by whoever is over all of them.
CREATE FUNCTION scope_over_all() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT scope_own('') OR cardinality(scope_ids('jurisdictions')) > 0 AND NOT EXISTS (
    SELECT FROM plan WHERE jurisdiction_id <> ALL (scope_ids('jurisdictions')))
$$;

-- Reads and writes of tables by what their rows must fulfil. `write` is asked of the rows that are
-- changed and of what becomes of them; without it nothing may be written.
CREATE PROCEDURE pg_temp.guard(tables text, read text, verbs text DEFAULT 'SELECT',
                               write text DEFAULT NULL, written text DEFAULT NULL)
LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY string_to_array(tables, ' ') LOOP
    CONTINUE WHEN to_regclass(name) IS NULL;
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('GRANT %s ON %I TO wangge_app', verbs, name);
    EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO wangge_app USING (%s)',
                   name || '_read', name, read);
    IF verbs ~ 'INSERT' THEN
      EXECUTE format('CREATE POLICY %I ON %I FOR INSERT TO wangge_app WITH CHECK (%s)',
                     name || '_add', name, coalesce(written, write));
    END IF;
    IF verbs ~ 'UPDATE' THEN
      EXECUTE format('CREATE POLICY %I ON %I FOR UPDATE TO wangge_app USING (%s) WITH CHECK (%s)',
                     name || '_change', name, write, coalesce(written, write));
    END IF;
    IF verbs ~ 'DELETE' THEN
      EXECUTE format('CREATE POLICY %I ON %I FOR DELETE TO wangge_app USING (%s)',
                     name || '_remove', name, write);
    END IF;
  END LOOP;
END $$;

GRANT USAGE ON SCHEMA public TO wangge_app;

-- Boundaries, categories and names are read by all: a place is routed by whatever plan it lies in.
CALL pg_temp.guard('plan unit street building water', 'true', 'SELECT, INSERT, UPDATE, DELETE',
  'jurisdiction_id = ANY ((SELECT scope_ids(''jurisdictions''))::bigint[])');
CALL pg_temp.guard('grid grid_unit', 'true', 'SELECT, INSERT, UPDATE, DELETE',
  'EXISTS (SELECT FROM plan WHERE plan.id = plan_id
           AND plan.jurisdiction_id = ANY (scope_ids(''jurisdictions'')))');
CALL pg_temp.guard('plan_event',
  'EXISTS (SELECT FROM plan WHERE plan.id = plan_id
           AND plan.jurisdiction_id = ANY (scope_ids(''reach'')))');
CALL pg_temp.guard('category source_system', 'true', 'SELECT, INSERT, UPDATE',
  '(SELECT scope_over_all())');
CALL pg_temp.guard('routing_version', 'true');
CALL pg_temp.guard('queue', 'true', 'SELECT, INSERT, UPDATE',
  'jurisdiction_id = ANY ((SELECT scope_ids(''jurisdictions''))::bigint[])');
CALL pg_temp.guard('organisation', 'true', 'SELECT, INSERT, UPDATE',
  'scope_own(CASE WHEN kind <> ''department'' THEN code ELSE
     (SELECT p.code FROM organisation AS p WHERE p.id = organisation.parent_id) END)');

-- How a jurisdiction routes.
CALL pg_temp.guard('routing_rule rule_order asset duty_item routing_setting',
  'jurisdiction_id = ANY ((SELECT scope_ids(''reach''))::bigint[])', 'SELECT, INSERT, UPDATE',
  'jurisdiction_id = ANY ((SELECT scope_ids(''jurisdictions''))::bigint[])');
CALL pg_temp.guard('serial_counter serial_block',
  'jurisdiction_id = ANY ((SELECT scope_ids(''reach''))::bigint[])',
  'SELECT, INSERT, UPDATE, DELETE',
  'jurisdiction_id = ANY ((SELECT scope_ids(''reach''))::bigint[])');

-- People, and what they are there for.
CALL pg_temp.guard('post',
  'person_id = (SELECT scope_id(''person''))
   OR EXISTS (SELECT FROM grid WHERE grid.id = grid_id AND scope_near(grid.code))',
  'SELECT, INSERT, UPDATE',
  'EXISTS (SELECT FROM grid WHERE grid.id = grid_id AND scope_own(grid.code))');
CALL pg_temp.guard('department_tie',
  'department_id = ANY ((SELECT scope_ids(''departments''))::bigint[])
   OR EXISTS (SELECT FROM grid WHERE grid.id = grid_id AND scope_near(grid.code))',
  'SELECT, INSERT, UPDATE',
  'EXISTS (SELECT FROM grid WHERE grid.id = grid_id AND scope_own(grid.code))');
CALL pg_temp.guard('duty',
  'jurisdiction_id = ANY ((SELECT scope_ids(''reach''))::bigint[]) AND scope_near(grid_code)',
  'SELECT, INSERT, UPDATE',
  'jurisdiction_id = ANY ((SELECT scope_ids(''reach''))::bigint[]) AND scope_own(grid_code)');
CALL pg_temp.guard('contact', 'scope_near_organisation(organisation_id)',
  'SELECT, INSERT, UPDATE', 'scope_own_organisation(organisation_id)');

-- Cases: of whole jurisdictions, of the tree below a sub-district or community, of a worker's grids,
-- of a department in charge, and those that somebody has or had a hand in.
CREATE FUNCTION scope_hand(of_incident bigint) RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM hand WHERE hand.incident_id = of_incident
                 AND (hand.organisation_id = ANY (scope_ids('departments'))
                      OR hand.person_id = scope_id('person')));
END $$;
CALL pg_temp.guard('incident',
  'jurisdiction_id = ANY ((SELECT scope_ids(''jurisdictions''))::bigint[])
   OR starts_with(grid_code, (SELECT scope_setting(''below'')))
   OR grid_code = ANY ((SELECT scope_texts(''grids''))::text[])
   OR person_id = (SELECT scope_id(''person''))
   OR department_id = ANY ((SELECT scope_ids(''departments''))::bigint[])
   OR (SELECT scope_id(''person'') IS NOT NULL OR scope_setting(''departments'') <> ''{}'')
      AND scope_hand(id)',
  'SELECT, INSERT, UPDATE', 'true',
  'jurisdiction_id = ANY ((SELECT scope_ids(''reach''))::bigint[])');
CALL pg_temp.guard('incident_event owner_choice hand_over',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)', 'SELECT, INSERT, UPDATE',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)');
CALL pg_temp.guard('carried_over',
  'EXISTS (SELECT FROM plan WHERE plan.id = to_plan_id
           AND plan.jurisdiction_id = ANY (scope_ids(''reach'')))');
CALL pg_temp.guard('idempotency_key', 'caller = (SELECT scope_setting(''by''))', 'SELECT, INSERT',
  'caller = (SELECT scope_setting(''by''))');
CALL pg_temp.guard('import_job',
  'jurisdiction_id = ANY ((SELECT scope_ids(''jurisdictions''))::bigint[])
   OR created_by = (SELECT scope_setting(''by''))',
  'SELECT, INSERT, UPDATE', 'jurisdiction_id = ANY ((SELECT scope_ids(''reach''))::bigint[])');

CALL pg_temp.guard('person',
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
   OR EXISTS (SELECT FROM incident WHERE incident.person_id = person.id AND incident.is_open)',
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
CALL pg_temp.guard('absence', 'EXISTS (SELECT FROM person WHERE person.id = person_id)',
  'SELECT, INSERT, UPDATE', 'scope_own_person(person_id)');

-- Deadlines: the table of a jurisdiction, and the clocks of its cases.
CALL pg_temp.guard('office_calendar deadline deadline_setting', 'true', 'SELECT, INSERT, UPDATE',
  'jurisdiction_id = ANY ((SELECT scope_ids(''jurisdictions''))::bigint[])');
CALL pg_temp.guard('clock clock_notice',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)', 'SELECT, INSERT, UPDATE',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)');

-- What came in with a case, or is yet to become one.
CALL pg_temp.guard('supplement',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)', 'SELECT, INSERT',
  'EXISTS (SELECT FROM incident WHERE incident.id = incident_id)');
CALL pg_temp.guard('unlocated_report',
  'jurisdiction_id = ANY ((SELECT scope_ids(''jurisdictions''))::bigint[])',
  'SELECT, INSERT, UPDATE',
  'jurisdiction_id = ANY ((SELECT scope_ids(''jurisdictions''))::bigint[])');
CALL pg_temp.guard('photo',
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
