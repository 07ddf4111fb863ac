-- Organisations and people change by versions with dates; their rows show the version of now.

CREATE FUNCTION actor_or_user() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('wangge.actor', true), ''), session_user::text)
$$;

-- As before, and an end that has not come yet may be moved or taken back: what was said is kept.
CREATE FUNCTION keep_revision(of_table text, of_id bigint, was jsonb) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
  INSERT INTO staff_revision (of_table, of_id, actor, reason, was)
  VALUES (of_table, of_id, current_actor(), nullif(current_setting('wangge.reason', true), ''), was)
$$;

CREATE OR REPLACE FUNCTION ended_only_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who text := current_actor();
  why text := nullif(current_setting('wangge.reason', true), '');
  changing text[] := '{ended_at,ended_by,ended_reason,held,successor_id,parent_kind,parent_is_platform}';
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.recorded_by := who;
    NEW.reason := coalesce(NEW.reason, why);
    NEW.ended_at := NULL;
    RETURN NEW;
  END IF;
  IF to_jsonb(NEW) - changing IS DISTINCT FROM to_jsonb(OLD) - changing
     OR OLD.ended_at <= now() OR (OLD.ended_at IS NULL AND NEW.ended_at IS NULL) THEN
    RAISE EXCEPTION '% can only be ended, once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.ended_at IS NOT NULL THEN
    PERFORM keep_revision(TG_TABLE_NAME, OLD.id, to_jsonb(OLD));
  END IF;
  IF NEW.ended_at IS NULL THEN
    NEW.ended_by := NULL;
    NEW.ended_reason := NULL;
  ELSE
    NEW.ended_at := greatest(NEW.ended_at, now());
    NEW.ended_by := who;
    NEW.ended_reason := CASE WHEN NEW.ended_reason IS DISTINCT FROM OLD.ended_reason
      THEN NEW.ended_reason ELSE coalesce(why, NEW.ended_reason) END;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION post_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.person_id, NEW.grid_id, NEW.role, NEW.seat, NEW.recorded_at, NEW.recorded_by)
     IS DISTINCT FROM (OLD.id, OLD.person_id, OLD.grid_id, OLD.role, OLD.seat, OLD.recorded_at,
     OLD.recorded_by)
     OR NOT isempty(NEW.held) AND lower(NEW.held) IS DISTINCT FROM lower(OLD.held)
     OR OLD.ended_by IS NOT NULL AND (isempty(OLD.held) OR upper(OLD.held) <= now()) THEN
    RAISE EXCEPTION 'a post can only be ended, once' USING ERRCODE = 'restrict_violation';
  END IF;
  IF isempty(NEW.held) AND lower(OLD.held) < now()
     OR OLD.ended_by IS NOT NULL AND upper(NEW.held) < now() THEN
    RAISE EXCEPTION 'who held a post is not changed for the past'
      USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.ended_by IS NOT NULL OR isempty(NEW.held) THEN
    PERFORM keep_revision('post', OLD.id, to_jsonb(OLD));
  END IF;
  RETURN NEW;
END $$;

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['attachment', 'organisation_version', 'person_version'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT'
      ' EXECUTE FUNCTION refuse_change()', name || '_never_deleted', name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['organisation', 'person', 'departure'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT'
      ' EXECUTE FUNCTION refuse_change()', name || '_never_deleted', name);
  END LOOP;
END $$;
CREATE TRIGGER staff_revision_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_revision
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER attachment_ended_only_once BEFORE INSERT OR UPDATE ON attachment
  FOR EACH ROW EXECUTE FUNCTION ended_only_once();

-- Names by pinyin: every way to read the first six characters, whole and by initials, each behind
-- a blank, so that what is typed is looked for behind one.
CREATE FUNCTION name_pinyin(name text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
  whole text[] := '{""}';
  initials text[] := '{""}';
  longer text[];
  shorter text[];
  way text;
  before text;
  letter text;
  said text := '';
BEGIN
  FOR letter IN
    SELECT coalesce(array_to_string(p.readings, ' '), each.letter)
    FROM regexp_split_to_table(left(regexp_replace(lower(name), '[^[:alnum:]]', '', 'g'), 6), '')
      WITH ORDINALITY AS each (letter, place)
    LEFT JOIN pinyin AS p ON p.character = each.letter ORDER BY each.place
  LOOP
    EXIT WHEN cardinality(whole) > 16;
    longer := '{}';
    shorter := '{}';
    FOREACH way IN ARRAY string_to_array(letter, ' ') LOOP
      FOREACH before IN ARRAY whole LOOP
        longer := longer || (before || way);
      END LOOP;
      FOREACH before IN ARRAY initials LOOP
        IF NOT before || left(way, 1) = ANY (shorter) THEN
          shorter := shorter || (before || left(way, 1));
        END IF;
      END LOOP;
    END LOOP;
    whole := longer;
    initials := shorter;
  END LOOP;
  FOREACH way IN ARRAY whole || initials LOOP
    said := said || ' ' || way;
  END LOOP;
  RETURN said;
END $$;

CREATE FUNCTION person_pinyin() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.pinyin := coalesce(name_pinyin(NEW.name), '');
  RETURN NEW;
END $$;
CREATE TRIGGER person_pinyin BEFORE INSERT OR UPDATE OF name ON person
  FOR EACH ROW EXECUTE FUNCTION person_pinyin();
UPDATE person SET pinyin = coalesce(name_pinyin(name), '');

-- The first version of each, from the beginning that is told for the transaction, else from ever.
CREATE FUNCTION told_since() RETURNS timestamptz LANGUAGE sql STABLE AS $$
  SELECT cast(nullif(current_setting('wangge.since', true), '') AS timestamptz)
$$;

INSERT INTO organisation_version
  (organisation_id, kind, name_zh, name_en, parent_id, planned, recorded_by)
SELECT id, kind, name_zh, name_en, parent_id, tstzrange(NULL, NULL), session_user FROM organisation;
INSERT INTO person_version (person_id, name, phone, organisation_id, planned, recorded_by)
SELECT id, name, phone, organisation_id, tstzrange(NULL, NULL), session_user FROM person;

CREATE FUNCTION organisation_first_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO organisation_version
    (organisation_id, kind, name_zh, name_en, parent_id, planned, recorded_by)
  SELECT id, kind, name_zh, name_en, parent_id, tstzrange(told_since(), NULL), actor_or_user()
  FROM added;
  RETURN NULL;
END $$;
CREATE TRIGGER organisation_first_version AFTER INSERT ON organisation
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION organisation_first_version();

CREATE FUNCTION person_first_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO person_version (person_id, name, phone, organisation_id, planned, recorded_by)
  SELECT id, name, phone, organisation_id, tstzrange(told_since(), NULL), actor_or_user()
  FROM added;
  RETURN NULL;
END $$;
CREATE TRIGGER person_first_version AFTER INSERT ON person
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION person_first_version();

-- Whoever is unknown may bring a first version, as seeds and restored data do; nobody else.
CREATE FUNCTION version_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.recorded_by := actor_or_user();
  NEW.reason := coalesce(NEW.reason, nullif(current_setting('wangge.reason', true), ''));
  RETURN NEW;
END $$;
CREATE TRIGGER organisation_version_recorded BEFORE INSERT ON organisation_version
  FOR EACH ROW EXECUTE FUNCTION version_history();
CREATE TRIGGER person_version_recorded BEFORE INSERT ON person_version
  FOR EACH ROW EXECUTE FUNCTION version_history();
CREATE TRIGGER organisation_version_ended_only_once BEFORE UPDATE ON organisation_version
  FOR EACH ROW EXECUTE FUNCTION ended_only_once();
CREATE TRIGGER person_version_ended_only_once BEFORE UPDATE ON person_version
  FOR EACH ROW EXECUTE FUNCTION ended_only_once();

-- The rows follow their versions: at once where one of now is written, and when one comes due.
CREATE FUNCTION show_organisations(ids bigint[] DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE changed integer;
BEGIN
  UPDATE organisation AS o SET name_zh = v.name_zh, name_en = v.name_en, parent_id = v.parent_id
  FROM organisation_version AS v
  WHERE v.organisation_id = o.id AND v.held @> now() AND (ids IS NULL OR o.id = ANY(ids))
    AND (o.name_zh, o.name_en, o.parent_id) IS DISTINCT FROM (v.name_zh, v.name_en, v.parent_id);
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END $$;

CREATE FUNCTION show_people(ids bigint[] DEFAULT NULL) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE changed integer;
BEGIN
  UPDATE person AS p SET name = v.name, phone = v.phone, organisation_id = v.organisation_id
  FROM person_version AS v
  WHERE v.person_id = p.id AND v.held @> now() AND (ids IS NULL OR p.id = ANY(ids))
    AND (p.name, p.phone, p.organisation_id) IS DISTINCT FROM (v.name, v.phone, v.organisation_id);
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END $$;

CREATE FUNCTION organisation_version_shown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM show_organisations(ARRAY[NEW.organisation_id]);
  UPDATE organisation SET closed_at = ended.at
  FROM (SELECT CASE WHEN NOT bool_or(upper_inf(held)) THEN coalesce(max(upper(held)), now()) END
        FROM organisation_version WHERE organisation_id = NEW.organisation_id) AS ended (at)
  WHERE id = NEW.organisation_id AND closed_at IS DISTINCT FROM ended.at;
  RETURN NULL;
END $$;
CREATE TRIGGER organisation_version_shown AFTER UPDATE ON organisation_version
  FOR EACH ROW EXECUTE FUNCTION organisation_version_shown();
CREATE TRIGGER organisation_version_added AFTER INSERT ON organisation_version
  FOR EACH ROW WHEN (NOT lower_inf(NEW.planned)) EXECUTE FUNCTION organisation_version_shown();

CREATE FUNCTION person_version_shown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM show_people(ARRAY[NEW.person_id]);
  UPDATE person SET left_at = ended.at
  FROM (SELECT CASE WHEN NOT bool_or(upper_inf(held)) THEN coalesce(max(upper(held)), now()) END
        FROM person_version WHERE person_id = NEW.person_id) AS ended (at)
  WHERE id = NEW.person_id AND left_at IS DISTINCT FROM ended.at;
  RETURN NULL;
END $$;
CREATE TRIGGER person_version_shown AFTER UPDATE ON person_version
  FOR EACH ROW EXECUTE FUNCTION person_version_shown();
CREATE TRIGGER person_version_added AFTER INSERT ON person_version
  FOR EACH ROW WHEN (NOT lower_inf(NEW.planned)) EXECUTE FUNCTION person_version_shown();

-- Nobody changes them but by a version: a code and a kind never change.
CREATE FUNCTION organisation_by_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.id, NEW.code, NEW.kind) IS DISTINCT FROM (OLD.id, OLD.code, OLD.kind)
     OR (NEW.name_zh, NEW.name_en, NEW.parent_id)
        IS DISTINCT FROM (OLD.name_zh, OLD.name_en, OLD.parent_id)
     AND NOT EXISTS (SELECT FROM organisation_version AS v
       WHERE v.organisation_id = NEW.id AND v.held @> now()
         AND (v.name_zh, v.name_en, v.parent_id)
             IS NOT DISTINCT FROM (NEW.name_zh, NEW.name_en, NEW.parent_id)) THEN
    RAISE EXCEPTION 'an organisation changes by a new version'
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER organisation_by_version BEFORE UPDATE ON organisation
  FOR EACH ROW EXECUTE FUNCTION organisation_by_version();

CREATE FUNCTION person_by_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id IS DISTINCT FROM OLD.id
     OR (NEW.name, NEW.phone, NEW.organisation_id)
        IS DISTINCT FROM (OLD.name, OLD.phone, OLD.organisation_id)
     AND NOT EXISTS (SELECT FROM person_version AS v
       WHERE v.person_id = NEW.id AND v.held @> now()
         AND (v.name, v.phone, v.organisation_id)
             IS NOT DISTINCT FROM (NEW.name, NEW.phone, NEW.organisation_id)) THEN
    RAISE EXCEPTION 'a person changes by a new version' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER person_by_version BEFORE UPDATE ON person
  FOR EACH ROW EXECUTE FUNCTION person_by_version();

-- A departure is told once; what comes later is when its cases moved, and that it was undone.
CREATE FUNCTION departure_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE changing text[] := '{moved_at,moved,undone_at,undone_by,undone_reason,done}';
BEGIN
  IF TG_OP = 'INSERT' THEN
    NEW.recorded_by := current_actor();
  ELSIF to_jsonb(NEW) - changing IS DISTINCT FROM to_jsonb(OLD) - changing
        OR OLD.undone_at IS NOT NULL
        OR OLD.moved_at IS NOT NULL AND NEW.moved_at IS DISTINCT FROM OLD.moved_at THEN
    RAISE EXCEPTION 'a departure can only be undone, once' USING ERRCODE = 'restrict_violation';
  ELSIF NEW.undone_at IS NOT NULL THEN
    NEW.undone_by := current_actor();
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER departure_history BEFORE INSERT OR UPDATE ON departure
  FOR EACH ROW EXECUTE FUNCTION departure_history();
