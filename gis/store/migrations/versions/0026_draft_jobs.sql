-- Long work is seen and started by who works on plans in its jurisdiction; what it may move is asked
-- of the scope when it is started, and again when its result is taken. An atlas is whose it is, for
-- the people in it are those whom its owner may see. Workers are the owner of the tables.
SELECT guard_rows('draft_job',
  '{reach} AND CASE kind WHEN ''atlas'' THEN account_id = (SELECT scope_id(''account''))
                    ELSE (SELECT scope_texts(''roles'') && ''{planner,leader}'') END',
  'SELECT, INSERT, UPDATE',
  '{reach} AND CASE kind WHEN ''atlas'' THEN account_id = (SELECT scope_id(''account''))
                    ELSE (SELECT scope_texts(''roles'') && ''{planner}'') END');

-- What has ended stays as it ended; of a result that was let go of, when. Who ends it is noted.
CREATE FUNCTION draft_job_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{status,step,fraction,runs,handed_back,result,error,started_at,finished_at,made_plan_id}';
BEGIN
  IF OLD.status = 'done' AND OLD.tidied_at IS NULL AND NEW.tidied_at IS NOT NULL
     AND NEW.result IS NULL THEN
    marks := '{result,tidied_at}';
  ELSIF OLD.status NOT IN ('waiting', 'running') THEN
    marks := '{}';
  END IF;
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks THEN
    RAISE EXCEPTION 'long work that has ended stays as it ended'
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.status = 'cancelled' AND OLD.status <> 'cancelled' THEN
    NEW.ended_by := current_actor();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draft_job_goes_on BEFORE UPDATE ON draft_job
  FOR EACH ROW EXECUTE FUNCTION draft_job_goes_on();
