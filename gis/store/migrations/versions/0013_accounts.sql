-- The audit trail: a chain of entries that only grows, and word of changed rights to all processes.

-- What an entry's hash covers, as one text. The database writes jsonb in one way only.
CREATE FUNCTION audit_text(entry audit_entry) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_array(
    entry.id, to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), entry.actor,
    entry.action, entry.subject, entry.detail)::text
$$;

CREATE FUNCTION audit_hash(entry audit_entry) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(entry.former_hash || convert_to(audit_text(entry), 'UTF8'))
$$;

-- One after another until their transactions end, so that the chain has no fork and no gap.
-- Whoever may not read the trail may still add to it.
CREATE FUNCTION record_audit(action text, subject text, detail jsonb) RETURNS bigint
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
  entry.former_hash := coalesce(last.hash, sha256(''));
  entry.hash := audit_hash(entry);
  INSERT INTO audit_entry SELECT entry.*;
  RETURN entry.id;
END $$;

CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER account_never_deleted BEFORE DELETE OR TRUNCATE ON account
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Every process keeps for some seconds who a cookie or token stands for: it must hear of a change.
CREATE FUNCTION tell_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('wangge_account',
    coalesce(to_jsonb(NEW), to_jsonb(OLD)) ->> TG_ARGV[0]);
  RETURN NULL;
END $$;
CREATE TRIGGER account_changed AFTER UPDATE OF login, name, password_hash, must_change_password,
  organisation_id, person_id, language, disabled_at ON account
  FOR EACH ROW EXECUTE FUNCTION tell_account('id');
CREATE TRIGGER account_role_changed AFTER INSERT OR UPDATE OR DELETE ON account_role
  FOR EACH ROW EXECUTE FUNCTION tell_account('account_id');
CREATE TRIGGER session_revoked AFTER UPDATE OF revoked_at ON session
  FOR EACH ROW EXECUTE FUNCTION tell_account('account_id');
CREATE TRIGGER api_token_revoked AFTER UPDATE OF revoked_at ON api_token
  FOR EACH ROW EXECUTE FUNCTION tell_account('account_id');
