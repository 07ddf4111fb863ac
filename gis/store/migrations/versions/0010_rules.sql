-- Rules, assets, duty lists and contacts are ended, not rewritten, and never for the past.

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['asset', 'duty_item', 'contact', 'routing_rule'] LOOP
    EXECUTE format('CREATE TRIGGER %I BEFORE INSERT OR UPDATE ON %I FOR EACH ROW'
      ' EXECUTE FUNCTION ended_only_once()', name || '_ended_only_once', name);
    EXECUTE format('CREATE TRIGGER %I BEFORE DELETE OR TRUNCATE ON %I FOR EACH STATEMENT'
      ' EXECUTE FUNCTION refuse_change()', name || '_never_deleted', name);
  END LOOP;
END $$;

CREATE TRIGGER rule_order_by_actor BEFORE INSERT ON rule_order
  FOR EACH ROW EXECUTE FUNCTION chosen_by_actor();
CREATE TRIGGER rule_order_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON rule_order
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Counted in the transaction that changes anything: a reader who finds the number that he kept has
-- all that was committed when it was counted, and nothing since.
INSERT INTO routing_version (id, version) VALUES (1, 0);
CREATE FUNCTION count_routing_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE routing_version SET version = version + 1;
  RETURN NULL;
END $$;
CREATE TRIGGER routing_version_stays BEFORE DELETE OR TRUNCATE ON routing_version
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

DO $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['asset', 'duty_item', 'contact', 'routing_rule', 'rule_order'] LOOP
    EXECUTE format('CREATE TRIGGER %I AFTER INSERT OR UPDATE ON %I FOR EACH STATEMENT'
      ' EXECUTE FUNCTION count_routing_version()', name || '_counted', name);
  END LOOP;
END $$;

-- As in the first schema, with the rule, the department and its contact.
CREATE OR REPLACE FUNCTION incident_created() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  who text := current_actor();
  what text := coalesce(nullif(current_setting('wangge.action', true), ''), 'report');
  ids bigint[];
BEGIN
  INSERT INTO incident_event (incident_id, at, actor, action, to_stage, reason, data)
  SELECT id, reported_at, who, what, CASE what WHEN 'report' THEN 'collected' ELSE stage END,
         nullif(current_setting('wangge.reason', true), ''),
         jsonb_strip_nulls(jsonb_build_object('grid', grid_code, 'queue', queue_id,
           'person', person_id, 'level', responsible_level, 'rule', route_rule,
           'rule_id', rule_id, 'department', department_id, 'contact', contact_id))
  FROM created;
  SELECT array_agg(id) INTO ids FROM (SELECT id FROM created ORDER BY id LIMIT 21) AS few;
  PERFORM pg_notify('wangge_incident', CASE WHEN cardinality(ids) BETWEEN 1 AND 20
    THEN json_build_object('change', 'created', 'ids', ids)::text
    ELSE json_build_object('change', 'many')::text END);
  RETURN NULL;
END $$;
