-- Calendars, settings and notices are added to, never changed; deadlines are ended, once.

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['office_calendar', 'deadline_setting'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE INSERT ON %I FOR EACH ROW'
      ' EXECUTE FUNCTION chosen_by_actor()', name || '_by_actor', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['office_calendar', 'deadline_setting', 'clock_notice'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
      ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name || '_append_only', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['deadline', 'clock'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT'
      ' EXECUTE FUNCTION refuse_change()', name || '_never_deleted', name);
  END LOOP;
END $$;

CREATE TRIGGER deadline_ended_only_once BEFORE INSERT OR UPDATE ON deadline
  FOR EACH ROW EXECUTE FUNCTION ended_only_once();

-- A clock keeps what it started with, and forgets nothing that happened to it.
CREATE FUNCTION clock_keeps_its_rule() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.incident_id, NEW.kind, NEW.deadline_id, NEW.calendar_id, NEW.amount, NEW.unit,
      NEW.soon_share, NEW.started_at) IS DISTINCT FROM
     (OLD.id, OLD.incident_id, OLD.kind, OLD.deadline_id, OLD.calendar_id, OLD.amount, OLD.unit,
      OLD.soon_share, OLD.started_at) OR NEW.round < OLD.round
     OR jsonb_array_length(NEW.turns) < jsonb_array_length(OLD.turns) THEN
    RAISE EXCEPTION 'a clock keeps the rule that it started with'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER clock_keeps_its_rule BEFORE UPDATE ON clock
  FOR EACH ROW EXECUTE FUNCTION clock_keeps_its_rule();

-- Whoever waits for the next moment hears of an earlier one. Within a transaction, and for one
-- second, the same notification is sent once only.
CREATE FUNCTION tell_next_moment() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
DECLARE soonest timestamptz;
BEGIN
  SELECT min(next_at) INTO soonest FROM touched;
  IF soonest IS NOT NULL AND NOT EXISTS (
    SELECT FROM clock WHERE next_at < soonest AND next_at > clock_timestamp() LIMIT 1
  ) THEN
    PERFORM pg_notify('wangge_clock', '');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER clock_started AFTER INSERT ON clock REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION tell_next_moment();
CREATE TRIGGER clock_turned AFTER UPDATE ON clock REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION tell_next_moment();
