-- Leave and duty are ended, not rewritten, and never for the past: who answered then stays true.
-- Whoever is named for the transaction is written into the row.

CREATE FUNCTION ended_only_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who text := current_actor();
  why text := nullif(current_setting('wangge.reason', true), '');
  changing text[] := '{ended_at,ended_by,ended_reason,held}';
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.recorded_by := who;
    NEW.reason := coalesce(NEW.reason, why);
    NEW.ended_at := NULL;
  ELSIF to_jsonb(NEW) - changing IS DISTINCT FROM to_jsonb(OLD) - changing
        OR OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL THEN
    RAISE EXCEPTION '% can only be ended, once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  ELSE
    NEW.ended_at := greatest(NEW.ended_at, now());
    NEW.ended_by := who;
    NEW.ended_reason := coalesce(NEW.ended_reason, why);
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER absence_ended_only_once BEFORE INSERT OR UPDATE ON absence
  FOR EACH ROW EXECUTE FUNCTION ended_only_once();
CREATE TRIGGER absence_never_deleted BEFORE DELETE OR TRUNCATE ON absence
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER duty_ended_only_once BEFORE INSERT OR UPDATE ON duty
  FOR EACH ROW EXECUTE FUNCTION ended_only_once();
CREATE TRIGGER duty_never_deleted BEFORE DELETE OR TRUNCATE ON duty
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION recorded_by_actor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.recorded_by := current_actor();
  RETURN NEW;
END $$;
CREATE TRIGGER routing_setting_by_actor BEFORE INSERT ON routing_setting
  FOR EACH ROW EXECUTE FUNCTION recorded_by_actor();
CREATE TRIGGER routing_setting_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON routing_setting
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION chosen_by_actor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.actor := current_actor();
  RETURN NEW;
END $$;
CREATE TRIGGER owner_choice_by_actor BEFORE INSERT ON owner_choice
  FOR EACH ROW EXECUTE FUNCTION chosen_by_actor();
CREATE TRIGGER owner_choice_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON owner_choice
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
