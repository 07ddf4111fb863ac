-- The rows of an import refer to few others: what they refer to is checked for all at once.
--
-- In a transaction's replica mode PostgreSQL leaves out the check of foreign keys row by row.
-- These triggers run in that mode alone, and check every foreign key of their table for a whole
-- statement: each row that is referred to is there, and stays until the transaction ends.
CREATE FUNCTION references_hold() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = public, pg_temp SET work_mem = '64MB' SET jit = off AS $$
DECLARE
  query text;
  broken text;
BEGIN
  WITH key AS (
    SELECT row_number() OVER (ORDER BY c.conname) AS n, c.conname,
           c.confrelid::regclass::text AS target,
           string_agg(quote_ident(a.attname), ', ' ORDER BY k.place) AS own,
           string_agg(quote_ident(a.attname) || ' IS NOT NULL', ' AND ') AS whole,
           string_agg(format('x.%I = g.%I', b.attname, a.attname), ' AND ') AS same
    FROM pg_constraint AS c,
      LATERAL unnest(c.conkey, c.confkey) WITH ORDINALITY AS k (own, other, place),
      pg_attribute AS a, pg_attribute AS b
    WHERE c.conrelid = TG_RELID AND c.contype = 'f'
      AND a.attrelid = c.conrelid AND a.attnum = k.own
      AND b.attrelid = c.confrelid AND b.attnum = k.other
    GROUP BY c.oid, c.conname, c.confrelid
  )
  SELECT 'WITH given AS MATERIALIZED (SELECT DISTINCT '
    || (SELECT string_agg(DISTINCT quote_ident(a.attname), ', ')
        FROM pg_constraint AS c JOIN pg_attribute AS a ON a.attrelid = c.conrelid
         AND a.attnum = ANY (c.conkey) WHERE c.conrelid = TG_RELID AND c.contype = 'f')
    || ' FROM written)'
    || string_agg(format(
         ', g%1$s AS MATERIALIZED (SELECT DISTINCT %2$s FROM given WHERE %3$s)'
         ', held%1$s AS MATERIALIZED ('
         'SELECT FROM g%1$s AS g JOIN %4$s AS x ON %5$s FOR KEY SHARE OF x)',
         n, own, whole, target, same), '' ORDER BY n)
    || ' SELECT name FROM (VALUES '
    || string_agg(format('(%L, (SELECT count(*) FROM g%2$s), (SELECT count(*) FROM held%2$s))',
                         conname, n), ', ' ORDER BY n)
    || ') AS counted (name, given, held) WHERE held < given LIMIT 1'
  INTO query FROM key;
  EXECUTE query INTO broken;
  IF broken IS NOT NULL THEN
    RAISE foreign_key_violation USING
      MESSAGE = format('insert or update on table "%s" violates foreign key constraint "%s"',
                       TG_TABLE_NAME, broken),
      CONSTRAINT = broken, TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY '{incident, incident_event, hand, clock}'::text[] LOOP
    EXECUTE format('CREATE TRIGGER %1$s_references_hold AFTER INSERT ON %1$I REFERENCING NEW TABLE'
      ' AS written FOR EACH STATEMENT EXECUTE FUNCTION references_hold()', name);
    EXECUTE format('CREATE TRIGGER %1$s_references_still AFTER UPDATE ON %1$I REFERENCING NEW TABLE'
      ' AS written FOR EACH STATEMENT EXECUTE FUNCTION references_hold()', name);
    EXECUTE format('ALTER TABLE %1$I ENABLE REPLICA TRIGGER %1$s_references_hold,'
      ' ENABLE REPLICA TRIGGER %1$s_references_still', name);
  END LOOP;
END $$;

-- History, hands, map counts and the next moment of clocks follow from a new row in every mode.
ALTER TABLE incident ENABLE ALWAYS TRIGGER incident_created,
  ENABLE ALWAYS TRIGGER incident_in_hand, ENABLE ALWAYS TRIGGER incident_tiles_created;
ALTER TABLE clock ENABLE ALWAYS TRIGGER clock_started;

-- For one report planning took longer than counting.
ALTER FUNCTION add_to_incident_cells(incident_cell[]) SET plan_cache_mode = force_generic_plan;
