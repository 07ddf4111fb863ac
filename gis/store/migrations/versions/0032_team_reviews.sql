-- Votes are not changed but counted anew, with a reason; what was published stays as it was; and
-- every change in a review is told in its history, by whoever and for whatever reason.

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY
    '{team_review_rule,team_report,team_ballot,team_review_publication,team_review_event}'::text[]
  LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE OR TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name || '_append_only', name);
  END LOOP;
  FOREACH name IN ARRAY '{team_review,work_team}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()', name || '_never_deleted', name);
  END LOOP;
END $$;

-- Of a review only its version goes on.
CREATE FUNCTION team_review_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF to_jsonb(NEW) - 'version' IS DISTINCT FROM to_jsonb(OLD) - 'version'
     OR NEW.version <> OLD.version + 1 THEN
    RAISE EXCEPTION 'the review of a year is not made that of another'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER team_review_goes_on BEFORE UPDATE ON team_review
  FOR EACH ROW EXECUTE FUNCTION team_review_goes_on();

CREATE FUNCTION work_team_goes_on() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF (NEW.id, NEW.review_id, NEW.jurisdiction_id)
     IS DISTINCT FROM (OLD.id, OLD.review_id, OLD.jurisdiction_id) THEN
    RAISE EXCEPTION 'a team stays in its review' USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.version := OLD.version + 1;
  RETURN NEW;
END $$;
CREATE TRIGGER work_team_goes_on BEFORE UPDATE ON work_team
  FOR EACH ROW EXECUTE FUNCTION work_team_goes_on();

-- Whose a row is follows from the review that it is in, whatever is said of it.
CREATE FUNCTION team_review_part() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  NEW.jurisdiction_id := (SELECT jurisdiction_id FROM team_review WHERE id = NEW.review_id);
  RETURN NEW;
END $$;
CREATE TRIGGER work_team_part BEFORE INSERT ON work_team
  FOR EACH ROW EXECUTE FUNCTION team_review_part();
CREATE TRIGGER team_review_publication_part BEFORE INSERT ON team_review_publication
  FOR EACH ROW EXECUTE FUNCTION team_review_part();

-- What is put right says why.
CREATE FUNCTION team_record_says_why() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  earlier boolean;
BEGIN
  EXECUTE format('SELECT EXISTS (SELECT FROM %I WHERE team_id = $1 AND side = $2)', TG_TABLE_NAME)
    INTO earlier USING NEW.team_id, NEW.side;
  IF (earlier OR NEW.withdrawn) AND NEW.reason IS NULL THEN
    RAISE EXCEPTION 'what is put right says why' USING ERRCODE = 'restrict_violation';
  END IF;
  NEW.jurisdiction_id := (SELECT jurisdiction_id FROM work_team WHERE id = NEW.team_id);
  NEW.recorded_by := current_actor();
  RETURN NEW;
END $$;
CREATE TRIGGER team_report_says_why BEFORE INSERT ON team_report
  FOR EACH ROW EXECUTE FUNCTION team_record_says_why();
CREATE TRIGGER team_ballot_says_why BEFORE INSERT ON team_ballot
  FOR EACH ROW EXECUTE FUNCTION team_record_says_why();

-- Nobody weighs votes anew that have come in: not by a rule for their year, unless a later one is
-- between.
CREATE FUNCTION team_rule_before_votes() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  NEW.recorded_by := current_actor();
  IF EXISTS (
    SELECT FROM team_review AS r
    WHERE r.jurisdiction_id = NEW.jurisdiction_id AND r.year >= NEW.from_year
      AND NOT EXISTS (SELECT FROM team_review_rule AS later
                      WHERE later.jurisdiction_id = r.jurisdiction_id
                        AND later.from_year > NEW.from_year AND later.from_year <= r.year)
      AND EXISTS (SELECT FROM work_team AS t JOIN team_ballot AS b ON b.team_id = t.id
                  WHERE t.review_id = r.id)
  ) THEN
    RAISE EXCEPTION 'votes are counted by the rule that they were cast under'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER team_rule_before_votes BEFORE INSERT ON team_review_rule
  FOR EACH ROW EXECUTE FUNCTION team_rule_before_votes();

-- History, and the version of the review that it is in.
CREATE FUNCTION team_review_told(of_review bigint, of_team bigint, what text, why text, told jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO team_review_event (review_id, team_id, jurisdiction_id, at, actor, action, reason, data)
  SELECT of_review, of_team, jurisdiction_id, clock_timestamp(), current_actor(), what,
         coalesce(why, nullif(current_setting('wangge.reason', true), '')), jsonb_strip_nulls(told)
  FROM team_review WHERE id = of_review;
  IF what <> 'open' THEN
    UPDATE team_review SET version = version + 1 WHERE id = of_review;
  END IF;
END $$;
REVOKE EXECUTE ON FUNCTION team_review_told FROM PUBLIC;

CREATE FUNCTION team_review_opened() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM team_review_told(NEW.id, NULL, 'open', NULL, jsonb_build_object('year', NEW.year));
  RETURN NULL;
END $$;
CREATE TRIGGER team_review_opened AFTER INSERT ON team_review
  FOR EACH ROW EXECUTE FUNCTION team_review_opened();

CREATE FUNCTION work_team_told() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  hidden text[] := '{id,review_id,jurisdiction_id,version}';
  changed jsonb;
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM team_review_told(NEW.review_id, NEW.id, 'add', NULL, to_jsonb(NEW) - hidden);
    RETURN NULL;
  END IF;
  SELECT jsonb_object_agg(a.key, jsonb_build_array(b.value, a.value)) INTO changed
  FROM jsonb_each(to_jsonb(NEW) - hidden) AS a JOIN jsonb_each(to_jsonb(OLD)) AS b USING (key)
  WHERE a.value IS DISTINCT FROM b.value;
  -- A report or a vote tells of itself.
  IF changed IS NOT NULL THEN
    PERFORM team_review_told(
      NEW.review_id, NEW.id,
      CASE WHEN NOT changed ? 'left_out_at' THEN 'change'
           WHEN NEW.left_out_at IS NULL THEN 'take-back' ELSE 'leave-out' END, NULL, changed);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER work_team_told AFTER INSERT OR UPDATE ON work_team
  FOR EACH ROW EXECUTE FUNCTION work_team_told();

CREATE FUNCTION team_record_told() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  hidden text[] :=
    '{team_id,jurisdiction_id,body,content,media_type,reason,recorded_at,recorded_by}';
  of_review bigint;
BEGIN
  UPDATE work_team SET version = version + 1 WHERE id = NEW.team_id RETURNING review_id INTO of_review;
  PERFORM team_review_told(
    of_review, NEW.team_id,
    replace(TG_TABLE_NAME, 'team_', '') || CASE WHEN NEW.withdrawn THEN '-withdraw' ELSE '' END,
    NEW.reason, to_jsonb(NEW) - hidden);
  RETURN NULL;
END $$;
CREATE TRIGGER team_report_told AFTER INSERT ON team_report
  FOR EACH ROW EXECUTE FUNCTION team_record_told();
CREATE TRIGGER team_ballot_told AFTER INSERT ON team_ballot
  FOR EACH ROW EXECUTE FUNCTION team_record_told();

CREATE FUNCTION team_review_published() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  PERFORM team_review_told(NEW.review_id, NULL, 'publish', NEW.reason,
                           jsonb_build_object('edition', NEW.edition));
  RETURN NULL;
END $$;
CREATE TRIGGER team_review_published AFTER INSERT ON team_review_publication
  FOR EACH ROW EXECUTE FUNCTION team_review_published();

-- Leaders and administrators of the whole jurisdiction see and keep a review; everybody in it sees
-- its rules and what was published.
SELECT guard_rows('team_review_rule', '{reach}', 'SELECT, INSERT',
  '{jurisdictions} AND (SELECT scope_texts(''roles'')) && ''{leader,administrator}''');
SELECT guard_rows('team_review work_team',
  '{jurisdictions} AND (SELECT scope_texts(''roles'')) && ''{leader,administrator}''',
  'SELECT, INSERT, UPDATE',
  '{jurisdictions} AND (SELECT scope_texts(''roles'')) && ''{leader,administrator}''');
SELECT guard_rows('team_report team_ballot',
  '{jurisdictions} AND (SELECT scope_texts(''roles'')) && ''{leader,administrator}''',
  'SELECT, INSERT',
  '{jurisdictions} AND (SELECT scope_texts(''roles'')) && ''{leader,administrator}''');
SELECT guard_rows('team_review_event',
  '{jurisdictions} AND (SELECT scope_texts(''roles'')) && ''{leader,administrator}''');
SELECT guard_rows('team_review_publication', '{reach}', 'SELECT, INSERT',
  '{jurisdictions} AND (SELECT scope_texts(''roles'')) && ''{leader,administrator}''');
