-- What was scored stays as it was: entries, facts, rankings and marks are only added to; a rule of a
-- past day is not changed; an appeal is decided once.

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY '{score_setting,score_fact,score_entry,score_ranking,score_mark}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name || '_append_only', name);
  END LOOP;
  FOREACH name IN ARRAY '{score_rule,score_appeal}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name || '_never_deleted', name);
  END LOOP;
END $$;

CREATE FUNCTION score_rule_history() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{held,ended_by,ended_reason}';
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.series := coalesce((SELECT series FROM score_rule WHERE id = NEW.former_id), NEW.id);
    NEW.recorded_by := current_actor();
    IF NOT upper_inf(NEW.held) THEN
      NEW.ended_by := current_actor();
    END IF;
    RETURN NEW;
  END IF;
  -- It may end earlier than it would have, but what it was on a past day stays. (The office's day
  -- may be one later than that of the clock.)
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks
     OR upper_inf(NEW.held) OR NOT NEW.held <@ OLD.held
     OR NOT isempty(NEW.held) AND lower(NEW.held) <> lower(OLD.held)
     OR isempty(NEW.held) AND lower(OLD.held) < (now() AT TIME ZONE 'UTC')::date
     OR upper(NEW.held) < (now() AT TIME ZONE 'UTC')::date THEN
    RAISE EXCEPTION 'a rule of a past day is not changed' USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.ended_by := current_actor();
  RETURN NEW;
END $$;
CREATE TRIGGER score_rule_history BEFORE INSERT OR UPDATE ON score_rule
  FOR EACH ROW EXECUTE FUNCTION score_rule_history();

-- What is entered by hand has no step that it comes from: it is named by itself.
CREATE FUNCTION score_fact_by_hand() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  NEW.event_id := NEW.id;
  NEW.recorded_by := current_actor();
  RETURN NEW;
END $$;
CREATE TRIGGER score_fact_by_hand BEFORE INSERT ON score_fact
  FOR EACH ROW WHEN (NEW.source = 'hand') EXECUTE FUNCTION score_fact_by_hand();

CREATE FUNCTION score_appeal_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  marks text[] := '{decided_at,decided_by,decided_account_id,decision,decided_reason,points}';
BEGIN
  IF to_jsonb(NEW) - marks IS DISTINCT FROM to_jsonb(OLD) - marks OR OLD.decided_at IS NOT NULL THEN
    RAISE EXCEPTION 'an appeal is decided once' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER score_appeal_goes_on BEFORE UPDATE ON score_appeal
  FOR EACH ROW EXECUTE FUNCTION score_appeal_goes_on();

-- Rules are for all who are scored by them; points for those who are scored, and for who is over
-- them; what was published for all who were ranked.
SELECT guard_rows('score_setting score_rule', '{reach}', 'SELECT, INSERT, UPDATE', '{jurisdictions}');
SELECT guard_rows('score_tally', '{reach}', 'SELECT, INSERT', '{jurisdictions}');
SELECT guard_rows('score_fact',
  '{jurisdictions} OR scope_own(grid_code)
   OR department_id = ANY ((SELECT scope_ids(''departments''))::bigint[])
   OR person_id = (SELECT scope_id(''person''))
   OR EXISTS (SELECT FROM score_entry WHERE score_entry.fact_id = score_fact.id)',
  'SELECT, INSERT', '{jurisdictions}');
SELECT guard_rows('score_entry',
  '{jurisdictions} OR code <> '''' AND scope_own(code)
   OR organisation_id = ANY ((SELECT scope_ids(''departments''))::bigint[])
   OR person_id = (SELECT scope_id(''person''))',
  'SELECT, INSERT', '{jurisdictions}');
SELECT guard_rows('score_appeal',
  'EXISTS (SELECT FROM score_entry WHERE score_entry.id = entry_id)', 'SELECT, INSERT, UPDATE',
  '{jurisdictions}', 'EXISTS (SELECT FROM score_entry WHERE score_entry.id = entry_id)');
SELECT guard_rows('score_ranking',
  '{reach} AND (board <> ''street'' OR scope_near(code))');
SELECT guard_rows('score_mark',
  '{jurisdictions} OR (SELECT scope_id(''organisation'')) IN (giver_id, receiver_id)',
  'SELECT, INSERT', '(SELECT scope_id(''organisation'')) = giver_id');
