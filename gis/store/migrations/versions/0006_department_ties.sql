-- A tie is ended, not rewritten, by whoever is named for the transaction, who is written into it.

CREATE TRIGGER department_tie_never_deleted BEFORE DELETE OR TRUNCATE ON department_tie
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION department_tie_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who text := current_actor();
  why text := nullif(current_setting('wangge.reason', true), '');
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.recorded_by := who;
    NEW.reason := coalesce(NEW.reason, why);
  ELSIF (NEW.id, NEW.department_id, NEW.grid_id, lower(NEW.held), NEW.recorded_at, NEW.recorded_by,
         NEW.reason) IS DISTINCT FROM (OLD.id, OLD.department_id, OLD.grid_id, lower(OLD.held),
         OLD.recorded_at, OLD.recorded_by, OLD.reason) OR OLD.ended_by IS NOT NULL THEN
    RAISE EXCEPTION 'a department''s tie to a grid can only be ended, once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NOT upper_inf(NEW.held) THEN
    NEW.ended_by := who;
    NEW.ended_reason := coalesce(NEW.ended_reason, why);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER department_tie_history BEFORE INSERT OR UPDATE ON department_tie
  FOR EACH ROW EXECUTE FUNCTION department_tie_history();
