-- A view of the queue is its owner's; a shared one is seen in the tree of its organisation.
ALTER TABLE saved_view ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE, DELETE ON saved_view TO wangge_app;
CREATE POLICY saved_view_read ON saved_view FOR SELECT TO wangge_app USING (
  account_id = (SELECT scope_id('account'))
  OR shared AND scope_near_organisation(organisation_id)
);
CREATE POLICY saved_view_own ON saved_view FOR ALL TO wangge_app
  USING (account_id = (SELECT scope_id('account')))
  WITH CHECK (account_id = (SELECT scope_id('account')));
