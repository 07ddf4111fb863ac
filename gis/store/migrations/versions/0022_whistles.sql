-- A whistle and its calls go one way: counted once, ended once, arrived once. Every step is written
-- into the whistle's history and, where it is about a case, into the case's own.

CREATE FUNCTION whistle_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{counted_at,ended_at,ended_by,ended_how,result}';
BEGIN
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks OR OLD.ended_at IS NOT NULL
     OR NEW.counted_at IS DISTINCT FROM OLD.counted_at AND OLD.counted_at IS NOT NULL THEN
    RAISE EXCEPTION 'a whistle can only be counted and ended, once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER whistle_goes_on BEFORE UPDATE ON whistle
  FOR EACH ROW EXECUTE FUNCTION whistle_goes_on();
CREATE TRIGGER whistle_never_deleted BEFORE DELETE OR TRUNCATE ON whistle
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION whistle_call_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{coming_at,coming_by,person,phone,arrived_at,arrived_by,absent_at}';
BEGIN
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks OR OLD.arrived_at IS NOT NULL
     OR NEW.absent_at IS DISTINCT FROM OLD.absent_at AND OLD.absent_at IS NOT NULL THEN
    RAISE EXCEPTION 'a call is answered until somebody has arrived, and found absent once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER whistle_call_goes_on BEFORE UPDATE ON whistle_call
  FOR EACH ROW EXECUTE FUNCTION whistle_call_goes_on();
CREATE TRIGGER whistle_call_never_deleted BEFORE DELETE OR TRUNCATE ON whistle_call
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER whistle_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON whistle_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- One step: in the history of the whistle, of its case, and to open pages.
CREATE FUNCTION whistle_step(of whistle, of_call bigint, moment timestamptz, what text,
  whom text, why text, told jsonb) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO whistle_event (whistle_id, call_id, at, actor, action, person, reason)
  VALUES (of.id, of_call, moment, current_actor(), what, whom, why);
  PERFORM pg_notify('wangge_whistle', of.id::text);
  IF of.incident_id IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage, reason, data)
  SELECT id, moment, current_actor(), 'whistle_' || what, stage, stage, why,
         jsonb_strip_nulls(jsonb_build_object('whistle', of.id, 'person', whom) || told)
  FROM incident WHERE id = of.incident_id;
END $$;
REVOKE EXECUTE ON FUNCTION whistle_step FROM PUBLIC;

-- Those called are told of with the call, not one by one.
CREATE FUNCTION whistle_called() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  made record;
BEGIN
  FOR made IN
    SELECT w, jsonb_build_object('due_at', w.due_at, 'organisations', jsonb_agg(
             jsonb_build_object('zh', o.name_zh, 'en', coalesce(o.name_en, o.name_zh))
             ORDER BY o.code)) AS told
    FROM called AS c JOIN whistle AS w ON w.id = c.whistle_id
    JOIN organisation AS o ON o.id = c.organisation_id GROUP BY w.id
  LOOP
    PERFORM whistle_step(made.w, NULL, (made.w).called_at, 'call', NULL, (made.w).purpose,
                         made.told);
  END LOOP;
  RETURN NULL;
END $$;
CREATE TRIGGER whistle_called AFTER INSERT ON whistle_call
  REFERENCING NEW TABLE AS called FOR EACH STATEMENT EXECUTE FUNCTION whistle_called();

CREATE FUNCTION whistle_answered() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  of whistle;
  told jsonb;
BEGIN
  SELECT * INTO of FROM whistle WHERE id = NEW.whistle_id;
  SELECT jsonb_build_object('organisations', jsonb_build_array(jsonb_build_object(
           'zh', name_zh, 'en', coalesce(name_en, name_zh))))
  INTO told FROM organisation WHERE id = NEW.organisation_id;
  IF NEW.absent_at IS DISTINCT FROM OLD.absent_at THEN
    PERFORM whistle_step(of, NEW.id, of.due_at, 'absent', NULL, NULL, told);
  ELSIF NEW.arrived_at IS DISTINCT FROM OLD.arrived_at THEN
    PERFORM whistle_step(of, NEW.id, NEW.arrived_at, 'arrive', NEW.person, NULL,
                         told || jsonb_build_object('late', NEW.arrived_at > of.due_at));
  ELSE
    PERFORM whistle_step(of, NEW.id, NEW.coming_at, 'come', NEW.person, NULL, told);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER whistle_answered AFTER UPDATE ON whistle_call
  FOR EACH ROW EXECUTE FUNCTION whistle_answered();

CREATE FUNCTION whistle_ended() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM whistle_step(NEW, NULL, NEW.ended_at,
                       CASE NEW.ended_how WHEN 'done' THEN 'end' ELSE 'cancel' END, NULL,
                       NEW.result, '{}');
  RETURN NULL;
END $$;
CREATE TRIGGER whistle_ended AFTER UPDATE ON whistle FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION whistle_ended();

-- Those who are called see the whistle, also that it was cancelled, and the case that they are
-- called to, unless the whistle was cancelled.
CREATE FUNCTION scope_called(of_whistle bigint) RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM whistle_call WHERE whistle_id = of_whistle
                 AND organisation_id = ANY (scope_ids('departments')));
END $$;
CREATE OR REPLACE FUNCTION scope_hand(of_incident bigint) RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT FROM hand WHERE hand.incident_id = of_incident
                 AND (hand.organisation_id = ANY (scope_ids('departments'))
                      OR hand.person_id = scope_id('person')))
      OR EXISTS (SELECT FROM incident_event AS e WHERE e.incident_id = of_incident
                 AND e.action = 'report' AND e.actor = scope_setting('by'))
      OR EXISTS (SELECT FROM whistle AS w JOIN whistle_call AS c ON c.whistle_id = w.id
                 WHERE w.incident_id = of_incident
                   AND w.ended_how IS DISTINCT FROM 'cancelled'
                   AND c.organisation_id = ANY (scope_ids('departments')));
END $$;

SELECT guard_rows('whistle',
  'scope_own(code) OR scope_called(id)
   OR EXISTS (SELECT FROM incident WHERE incident.id = incident_id)',
  'SELECT, INSERT, UPDATE', 'scope_own(code)');
-- Nobody calls to a case that they do not see: the call would open it to those called.
ALTER POLICY whistle_add ON whistle WITH CHECK ((SELECT scope_all()) OR scope_own(code)
  AND (incident_id IS NULL OR EXISTS (SELECT FROM incident WHERE incident.id = incident_id)));
SELECT guard_rows('whistle_call', 'EXISTS (SELECT FROM whistle WHERE whistle.id = whistle_id)',
  'SELECT, INSERT, UPDATE',
  'organisation_id = ANY ((SELECT scope_ids(''departments''))::bigint[])
   OR EXISTS (SELECT FROM whistle AS w WHERE w.id = whistle_id AND scope_own(w.code))');
-- Only who blows the whistle says whom it calls.
ALTER POLICY whistle_call_add ON whistle_call WITH CHECK ((SELECT scope_all())
  OR EXISTS (SELECT FROM whistle AS w WHERE w.id = whistle_id AND scope_own(w.code)));
SELECT guard_rows('whistle_event', 'EXISTS (SELECT FROM whistle WHERE whistle.id = whistle_id)');

-- A list of reports without a place is looked at by several desks: they hear of what comes and goes.
CREATE FUNCTION unlocated_report_told() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('wangge_unlocated', NEW.jurisdiction_id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER unlocated_report_told AFTER INSERT OR UPDATE ON unlocated_report
  FOR EACH ROW EXECUTE FUNCTION unlocated_report_told();
