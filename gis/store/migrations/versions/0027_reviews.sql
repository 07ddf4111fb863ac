-- A review, a set time and a comment go one way, and every step of them is in the plan's history.

CREATE FUNCTION plan_review_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{approved_at,approved_by,approved_account_id,remark,ended_at,ended_by,ended_how,reason}';
BEGIN
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks OR OLD.ended_at IS NOT NULL
     OR NEW.approved_at IS DISTINCT FROM OLD.approved_at AND OLD.approved_at IS NOT NULL THEN
    RAISE EXCEPTION 'a review can only be approved and ended, once'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_review_goes_on BEFORE UPDATE ON plan_review
  FOR EACH ROW EXECUTE FUNCTION plan_review_goes_on();
CREATE TRIGGER plan_review_never_deleted BEFORE DELETE OR TRUNCATE ON plan_review
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION plan_schedule_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{next_at,tries,ended_at,ended_by,ended_how,fault}';
BEGIN
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks OR OLD.ended_at IS NOT NULL THEN
    RAISE EXCEPTION 'a set time can only end, once' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_schedule_goes_on BEFORE UPDATE ON plan_schedule
  FOR EACH ROW EXECUTE FUNCTION plan_schedule_goes_on();
CREATE TRIGGER plan_schedule_never_deleted BEFORE DELETE OR TRUNCATE ON plan_schedule
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION plan_comment_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{resolved_at,resolved_by}';
BEGIN
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks THEN
    RAISE EXCEPTION 'a comment can only be resolved, or opened again'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_comment_goes_on BEFORE UPDATE ON plan_comment
  FOR EACH ROW EXECUTE FUNCTION plan_comment_goes_on();
CREATE TRIGGER plan_comment_never_deleted BEFORE DELETE OR TRUNCATE ON plan_comment
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- An answer belongs to the same plan as what it answers, which is no answer itself.
CREATE FUNCTION plan_comment_answers() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM plan_comment WHERE id = NEW.answers_id AND plan_id = NEW.plan_id
                 AND answers_id IS NULL) THEN
    RAISE EXCEPTION 'an answer is to a comment on the same plan'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_comment_answers BEFORE INSERT ON plan_comment
  FOR EACH ROW WHEN (NEW.answers_id IS NOT NULL) EXECUTE FUNCTION plan_comment_answers();

-- A draft rests while it is in review, and for good once it was in force, whoever changes it by
-- whatever way.
CREATE FUNCTION draft_rests_in_review() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM plan WHERE status <> 'draft' AND id IN (SELECT plan_id FROM touched)) THEN
    RAISE EXCEPTION 'what is in review or was in force does not change'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NULL;
END $$;
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY '{draft_operation,draft_unit,draft_grid}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER %1$s_rests_added AFTER INSERT ON %1$I REFERENCING NEW TABLE AS
      touched FOR EACH STATEMENT EXECUTE FUNCTION draft_rests_in_review()', name);
    CONTINUE WHEN name = 'draft_operation';
    EXECUTE format('CREATE TRIGGER %1$s_rests_changed AFTER UPDATE ON %1$I REFERENCING NEW TABLE AS
      touched FOR EACH STATEMENT EXECUTE FUNCTION draft_rests_in_review()', name);
    EXECUTE format('CREATE TRIGGER %1$s_rests_gone AFTER DELETE ON %1$I REFERENCING OLD TABLE AS
      touched FOR EACH STATEMENT EXECUTE FUNCTION draft_rests_in_review()', name);
  END LOOP;
END $$;

-- Open pages hear of each step of a draft's review.
CREATE FUNCTION plan_review_told() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('wangge_draft', json_build_object(
    'plan', NEW.plan_id,
    'version', coalesce((SELECT version FROM draft WHERE plan_id = NEW.plan_id), 0),
    'jurisdiction', (SELECT jurisdiction_id FROM plan WHERE id = NEW.plan_id),
    'actor', nullif(current_setting('wangge.actor', true), ''))::text);
  RETURN NULL;
END $$;
CREATE TRIGGER plan_review_told AFTER INSERT OR UPDATE ON plan_review
  FOR EACH ROW EXECUTE FUNCTION plan_review_told();
CREATE TRIGGER plan_schedule_told AFTER INSERT OR UPDATE ON plan_schedule
  FOR EACH ROW EXECUTE FUNCTION plan_review_told();
CREATE TRIGGER plan_comment_told AFTER INSERT OR UPDATE ON plan_comment
  FOR EACH ROW EXECUTE FUNCTION plan_review_told();

-- Steps that leave the plan's status as it is; those that change it are told by plan_history.
CREATE FUNCTION plan_step(of_plan bigint, what text, why text, told jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO plan_event (plan_id, actor, action, from_status, to_status, reason, data)
  SELECT id, current_actor(), what, status, status, why, told FROM plan WHERE id = of_plan;
END $$;
REVOKE EXECUTE ON FUNCTION plan_step FROM PUBLIC;

CREATE FUNCTION plan_approved() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM plan_step(NEW.plan_id, 'approve', NEW.remark,
                    jsonb_build_object('version', NEW.version, 'sent_by', NEW.sent_by));
  RETURN NULL;
END $$;
CREATE TRIGGER plan_approved AFTER UPDATE ON plan_review FOR EACH ROW
  WHEN (OLD.approved_at IS NULL AND NEW.approved_at IS NOT NULL) EXECUTE FUNCTION plan_approved();

CREATE FUNCTION plan_scheduled() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM plan_step(
    NEW.plan_id,
    CASE WHEN TG_OP = 'INSERT' THEN 'schedule' WHEN NEW.ended_how = 'failed' THEN 'schedule-fail'
         ELSE 'schedule-cancel' END,
    NULL, jsonb_strip_nulls(jsonb_build_object('due_at', NEW.due_at, 'fault', NEW.fault)));
  RETURN NULL;
END $$;
CREATE TRIGGER plan_scheduled AFTER INSERT ON plan_schedule
  FOR EACH ROW EXECUTE FUNCTION plan_scheduled();
CREATE TRIGGER plan_schedule_ended AFTER UPDATE ON plan_schedule FOR EACH ROW
  WHEN (OLD.ended_at IS NULL AND NEW.ended_how IN ('cancelled', 'failed'))
  EXECUTE FUNCTION plan_scheduled();
-- The worker that waits for the next moment hears of another one.
CREATE FUNCTION plan_schedule_set() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM pg_notify('wangge_schedule', NEW.plan_id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER plan_schedule_set AFTER INSERT OR UPDATE ON plan_schedule
  FOR EACH ROW EXECUTE FUNCTION plan_schedule_set();

-- Planners and leaders of the jurisdiction, and of a part of it, see and take the steps; which of
-- them may take which is asked before.
SELECT guard_rows('plan_review plan_schedule plan_comment',
  '(SELECT scope_texts(''roles'') && ''{planner,leader}'')
   AND EXISTS (SELECT FROM plan WHERE plan.id = plan_id
               AND plan.jurisdiction_id = ANY (scope_ids(''reach'')))',
  'SELECT, INSERT, UPDATE',
  '(SELECT scope_texts(''roles'') && ''{planner,leader}'')
   AND EXISTS (SELECT FROM plan WHERE plan.id = plan_id
               AND plan.jurisdiction_id = ANY (scope_ids(''reach'')))');
-- Only an approved draft is set a time, and only by who may publish it.
ALTER POLICY plan_schedule_add ON plan_schedule WITH CHECK ((SELECT scope_all())
  OR EXISTS (SELECT FROM plan WHERE plan.id = plan_id
             AND plan.jurisdiction_id = ANY (scope_ids('jurisdictions'))));
