-- A hand-over is told once and stays; all that is added later is when either side has read of it.

CREATE TRIGGER hand_over_never_deleted BEFORE DELETE OR TRUNCATE ON hand_over
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION hand_over_only_read() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  marks text[] := '{read_by_from_at,read_by_to_at}';
BEGIN
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks
     OR NEW.read_by_from_at IS DISTINCT FROM OLD.read_by_from_at AND OLD.read_by_from_at IS NOT NULL
     OR NEW.read_by_to_at IS DISTINCT FROM OLD.read_by_to_at AND OLD.read_by_to_at IS NOT NULL THEN
    RAISE EXCEPTION 'a hand-over can only be read, once' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER hand_over_only_read BEFORE UPDATE ON hand_over
  FOR EACH ROW EXECUTE FUNCTION hand_over_only_read();

-- Whoever changes which plan is in force, with whatever client, waits for those who route by it and
-- keeps others out until the end: the gate of gis/store/responsibility.py, held by the database.
CREATE FUNCTION hold_plans_gate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('wangge plans in force'));
    RETURN NULL;
END $$;

CREATE TRIGGER plan_gate BEFORE UPDATE OF status, effective ON plan
    FOR EACH STATEMENT EXECUTE FUNCTION hold_plans_gate();
