-- Long work is seen and started by whoever acts in its jurisdiction; what it may move is asked of
-- the scope when it is started, and again when its result is taken. Workers are the owner.
SELECT guard_rows('draft_job', '{reach}', 'SELECT, INSERT, UPDATE', '{reach}');

-- What has ended stays as it ended.
CREATE FUNCTION draft_job_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{status,step,fraction,runs,result,error,started_at,finished_at,made_plan_id}';
BEGIN
  IF OLD.status NOT IN ('waiting', 'running')
     OR to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks THEN
    RAISE EXCEPTION 'long work that has ended stays as it ended'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER draft_job_goes_on BEFORE UPDATE ON draft_job
  FOR EACH ROW EXECUTE FUNCTION draft_job_goes_on();
