-- A schedule can only end; a bulletin and its files stay as they were made.

CREATE FUNCTION bulletin_series_ends() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{ended_at,ended_by}';
BEGIN
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks OR OLD.ended_at IS NOT NULL THEN
    RAISE EXCEPTION 'a schedule can only end, once' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER bulletin_series_ends BEFORE UPDATE ON bulletin_series
  FOR EACH ROW EXECUTE FUNCTION bulletin_series_ends();
CREATE TRIGGER bulletin_series_never_deleted BEFORE DELETE OR TRUNCATE ON bulletin_series
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bulletin_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON bulletin
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bulletin_file_never_changes BEFORE UPDATE OR DELETE OR TRUNCATE ON bulletin_file
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The worker prints what was made by hand at once.
CREATE FUNCTION bulletin_made() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('wangge_bulletin', NEW.id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER bulletin_made AFTER INSERT ON bulletin
  FOR EACH ROW EXECUTE FUNCTION bulletin_made();

-- Whole jurisdictions for whoever is over them; a sub-district sees what is about itself.
SELECT guard_rows('bulletin_series',
  '{jurisdictions} OR area_code = scope_setting(''below'')', 'SELECT, INSERT, UPDATE',
  '''leader'' = ANY (scope_texts(''roles''))
   AND ({jurisdictions} OR area_code = scope_setting(''below''))');
SELECT guard_rows('bulletin',
  '{jurisdictions} OR area_code = scope_setting(''below'')', 'SELECT, INSERT',
  '''leader'' = ANY (scope_texts(''roles''))
   AND ({jurisdictions} OR area_code = scope_setting(''below''))');
SELECT guard_rows('bulletin_file',
  'EXISTS (SELECT FROM bulletin WHERE bulletin.id = bulletin_id)');
