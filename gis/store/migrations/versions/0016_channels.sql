-- What somebody reported stays as it was told.
CREATE TRIGGER supplement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON supplement
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER follow_code_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON follow_code
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A further report of a case is a step in its history, and pages that show the case hear of it.
CREATE FUNCTION supplement_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO incident_event (incident_id, at, actor, action, from_stage, to_stage, data)
  SELECT id, NEW.recorded_at, current_actor(), 'supplement', stage, stage,
         jsonb_build_object('supplement', NEW.id, 'source', NEW.source)
  FROM incident WHERE id = NEW.incident_id;
  PERFORM pg_notify('wangge_incident',
                    json_build_object('change', 'changed', 'ids', ARRAY[NEW.incident_id])::text);
  RETURN NULL;
END $$;
CREATE TRIGGER supplement_told AFTER INSERT ON supplement
  FOR EACH ROW EXECUTE FUNCTION supplement_told();

-- A report without a place is settled once, and kept.
CREATE FUNCTION unlocated_report_settled_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changing text[] := '{settled_at,settled_by,incident_id,supplement_id,refused_reason}';
BEGIN
  IF to_jsonb(NEW) - changing IS DISTINCT FROM to_jsonb(OLD) - changing
     OR OLD.settled_at IS NOT NULL OR NEW.settled_at IS NULL THEN
    RAISE EXCEPTION 'a report without a place can only be settled, once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.settled_by := current_actor();
  RETURN NEW;
END $$;
CREATE TRIGGER unlocated_report_settled_once BEFORE UPDATE ON unlocated_report
  FOR EACH ROW EXECUTE FUNCTION unlocated_report_settled_once();
CREATE TRIGGER unlocated_report_never_deleted BEFORE DELETE OR TRUNCATE ON unlocated_report
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A photo of a case is evidence. One of a report without a place goes on to what that becomes.
CREATE FUNCTION photo_used_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changing text[] := '{incident_id,supplement_id,report_id,stage,used_at,used_by,place}';
BEGIN
  IF OLD.incident_id IS NOT NULL OR (TG_OP = 'DELETE' AND OLD.used_at IS NOT NULL)
     OR (TG_OP = 'UPDATE'
         AND (to_jsonb(NEW) - changing IS DISTINCT FROM to_jsonb(OLD) - changing
              OR NEW.used_at IS NULL)) THEN
    RAISE EXCEPTION 'a photo is used once, and kept' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER photo_used_once BEFORE UPDATE OR DELETE ON photo
  FOR EACH ROW EXECUTE FUNCTION photo_used_once();
CREATE TRIGGER photo_not_emptied BEFORE TRUNCATE ON photo
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
