-- Boundaries are read by all, as units are. What was counted on them, by whoever acts there.
SELECT guard_rows('unit_edge', 'true', 'SELECT, INSERT, UPDATE, DELETE', '{jurisdictions}');
SELECT guard_rows('unit_compound unit_expectation expectation_count', '{reach}',
  'SELECT, INSERT, UPDATE, DELETE', '{jurisdictions}');
-- The default of a number that a row is given.
GRANT USAGE ON SEQUENCE unit_edge_id_seq TO wangge_app;

-- Tiles of units and their boundaries follow what units there are.
CREATE TRIGGER unit_edge_tiles AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON unit_edge
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_layer('unit_edges');
CREATE TRIGGER draft_unit_tiles_insert AFTER INSERT ON draft_unit REFERENCING NEW TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_plans();
CREATE TRIGGER draft_unit_tiles_delete AFTER DELETE ON draft_unit REFERENCING OLD TABLE AS touched
  FOR EACH STATEMENT EXECUTE FUNCTION notify_tile_plans();
