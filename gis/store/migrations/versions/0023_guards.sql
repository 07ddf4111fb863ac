-- Whose numbers a reference is one of: its city's or district's, as far as they are known.
ALTER TABLE incident DISABLE TRIGGER USER;
UPDATE incident AS i SET ref_of = left(o.code, 6) FROM organisation AS o
WHERE o.id = i.jurisdiction_id AND i.source_ref IS NOT NULL;
ALTER TABLE incident ENABLE TRIGGER USER;
UPDATE unlocated_report AS u SET ref_of = left(o.code, 6) FROM organisation AS o
WHERE o.id = u.jurisdiction_id;
-- A change of it is history as any other.
DO $$
DECLARE made text := pg_get_functiondef('incident_changed()'::regprocedure);
BEGIN
  IF position('n.source_ref,' IN made) = 0 OR position('o.source_ref,' IN made) = 0 THEN
    RAISE EXCEPTION 'incident_changed no longer compares references';
  END IF;
  EXECUTE replace(replace(made, 'n.source_ref,', 'n.source_ref, n.ref_of,'),
                  'o.source_ref,', 'o.source_ref, o.ref_of,');
END $$;
-- Whose a supplement's key is: the account's of the login, whatever its name was. Of several with
-- one key, sent under different names, the newest has it.
ALTER TABLE supplement DISABLE TRIGGER supplement_append_only;
UPDATE supplement AS s
SET ref_of = CASE WHEN s.source_ref IS NOT NULL THEN left(o.code, 6) END,
    caller = coalesce(newest.caller, s.recorded_by)
FROM organisation AS o JOIN incident AS i ON o.id = i.jurisdiction_id, (
  SELECT sent.id, CASE WHEN sent.key IS NULL OR row_number() OVER (
      PARTITION BY a.id, sent.key ORDER BY sent.recorded_at DESC, sent.id DESC
    ) = 1 THEN 'account ' || a.id END AS caller
  FROM supplement AS sent
  LEFT JOIN account AS a ON substring(sent.recorded_by FROM ' \(([a-z0-9._@-]+)\)$') = a.login
) AS newest
WHERE i.id = s.incident_id AND newest.id = s.id;
ALTER TABLE supplement ENABLE TRIGGER supplement_append_only;

-- Keys of photos are the account's from here on. Of several with one key, sent under different
-- names, the one that was used, or else the newest, has it.
ALTER TABLE photo DISABLE TRIGGER photo_used_once;
UPDATE photo SET key = NULL FROM (
  SELECT id, row_number() OVER (
    PARTITION BY account_id, key ORDER BY used_at DESC NULLS LAST, uploaded_at DESC, id DESC
  ) AS place
  FROM photo WHERE account_id IS NOT NULL AND key IS NOT NULL
) AS sent
WHERE sent.id = photo.id AND sent.place > 1;
ALTER TABLE photo ENABLE TRIGGER photo_used_once;

-- Where a stranger's photo came from is forgotten when it is used.
CREATE OR REPLACE FUNCTION photo_used_once() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  changing text[] :=
    '{incident_id,supplement_id,report_id,stage,used_at,used_by,place,address}';
BEGIN
  IF OLD.incident_id IS NOT NULL OR (TG_OP = 'DELETE' AND OLD.used_at IS NOT NULL)
     OR (TG_OP = 'UPDATE'
         AND (to_jsonb(NEW) - changing IS DISTINCT FROM to_jsonb(OLD) - changing
              OR NEW.used_at IS NULL)) THEN
    RAISE EXCEPTION 'a photo is used once, and kept' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

-- History shows people as "name (login)": a name may change, a login never does.
CREATE FUNCTION login_of(actor text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT substring(actor FROM ' \(([a-z0-9._@-]+)\)$')
$$;
-- Whether what an actor did was done by whoever looks, by whatever name.
CREATE FUNCTION scope_is(actor text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(actor = scope_setting('by')
                  OR login_of(actor) = login_of(scope_setting('by')), false)
$$;
DO $$
DECLARE made text := pg_get_functiondef('scope_hand(bigint)'::regprocedure);
  by_name CONSTANT text := 'e.actor = scope_setting(''by'')';
BEGIN
  IF position(by_name IN made) = 0 THEN
    RAISE EXCEPTION 'scope_hand no longer asks who reported a case by the name alone';
  END IF;
  EXECUTE replace(made, by_name, 'scope_is(e.actor)');
END $$;
ALTER POLICY import_job_read ON import_job USING (
  (SELECT scope_all())
  OR jurisdiction_id = ANY ((SELECT scope_ids('jurisdictions'))::bigint[])
  OR scope_is(created_by));

-- The part of the tree that an entry of the audit trail tells of: the codes of who did it and of
-- what it was done to, and those above them. An entry without codes is of before there were any, and
-- for the topmost. What belongs to the whole installation has the empty code.
CREATE FUNCTION platform_code(organisation_id bigint) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN o.is_platform THEN o.code ELSE p.code END
  FROM organisation AS o LEFT JOIN organisation AS p ON p.id = o.parent_id
  WHERE o.id = organisation_id
$$;
CREATE FUNCTION audit_codes(actor text, subject text, organisation_id bigint) RETURNS text[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
  kind text := split_part(subject, ' ', 1);
  number text := split_part(subject, ' ', 2);
  about bigint := CASE WHEN number ~ '^[0-9]{1,18}$' THEN number::bigint END;
  found text;
BEGIN
  found := CASE kind
    WHEN 'account' THEN (SELECT coalesce(platform_code(a.organisation_id), '') FROM account AS a
                         WHERE a.id = about)
    WHEN 'login' THEN (SELECT coalesce(platform_code(a.organisation_id), '') FROM account AS a
                       WHERE a.login = number)
    WHEN 'organisation' THEN platform_code(about)
    WHEN 'person' THEN (SELECT platform_code(p.organisation_id) FROM person AS p
                        WHERE p.id = about)
    WHEN 'incident' THEN (SELECT coalesce(i.grid_code, o.code) FROM incident AS i
                          JOIN organisation AS o ON o.id = i.jurisdiction_id WHERE i.id = about)
    WHEN 'plan' THEN (SELECT o.code FROM plan JOIN organisation AS o
                      ON o.id = plan.jurisdiction_id WHERE plan.id = about)
  END;
  RETURN ARRAY(SELECT DISTINCT left(code, size) FROM unnest(ARRAY[
      found, platform_code(organisation_id),
      (SELECT coalesce(platform_code(a.organisation_id), '') FROM account AS a
       WHERE a.login = login_of(actor))
    ]) AS code, unnest(ARRAY[0, 4, 6, 9, 12, 15]) AS size
    WHERE length(code) = size OR size BETWEEN 1 AND length(code) ORDER BY 1);
END $$;

CREATE OR REPLACE FUNCTION audit_text(entry audit_entry) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT (jsonb_build_array(
    entry.id, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entry.actor,
    entry.action, entry.subject, entry.detail)
    || CASE WHEN entry.codes IS NULL THEN '[]' ELSE jsonb_build_array(entry.codes) END)::text
$$;

DROP FUNCTION record_audit(text, text, jsonb);
CREATE FUNCTION record_audit(action text, subject text, detail jsonb,
  organisation_id bigint DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  last audit_entry;
  entry audit_entry;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('wangge_audit'));
  SELECT * INTO last FROM audit_entry ORDER BY id DESC LIMIT 1;
  entry.id := coalesce(last.id, 0) + 1;
  entry.at := clock_timestamp();
  entry.actor := current_actor();
  entry.action := action;
  entry.subject := subject;
  entry.detail := detail;
  entry.codes := audit_codes(entry.actor, subject, organisation_id);
  entry.former_hash := coalesce(last.hash, sha256(''));
  entry.hash := audit_hash(entry);
  INSERT INTO audit_entry SELECT entry.*;
  RETURN entry.id;
END $$;

-- People type passwords where the login belongs: what was no account's is not kept.
UPDATE sign_in_attempt SET login = '?' WHERE login NOT IN (SELECT login FROM account);

-- A departure that could not be carried out says why until it is.
CREATE OR REPLACE FUNCTION departure_history() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  changing text[] := '{moved_at,moved,undone_at,undone_by,undone_reason,done,failed_at,fault}';
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
