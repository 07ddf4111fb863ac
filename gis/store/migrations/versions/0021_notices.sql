-- What people are told: each sees and marks what is in their own inbox, and nobody else's. The
-- owner writes, in the transaction of what is told; web hooks hold secrets, and are the owner's.
SELECT guard_rows('notice',
  'EXISTS (SELECT FROM notice_account AS n WHERE n.notice_id = notice.id
           AND n.account_id = (SELECT scope_id(''account'')))',
  but_all => false);
SELECT guard_rows('notice_account', 'account_id = (SELECT scope_id(''account''))',
  but_all => false);
GRANT UPDATE (read_at, acknowledged_at) ON notice_account TO wangge_app;
CREATE POLICY notice_account_change ON notice_account FOR UPDATE TO wangge_app
  USING (account_id = (SELECT scope_id('account')));
SELECT guard_rows('delivery', 'account_id = (SELECT scope_id(''account''))', but_all => false);
ALTER TABLE mail_choice ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON mail_choice TO wangge_app;
CREATE POLICY mail_choice_own ON mail_choice FOR ALL TO wangge_app
  USING (account_id = (SELECT scope_id('account')))
  WITH CHECK (account_id = (SELECT scope_id('account')));

CREATE TRIGGER notice_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON notice
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER web_hook_never_deleted BEFORE DELETE OR TRUNCATE ON web_hook
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whoever has acknowledged an emergency has, and when.
CREATE FUNCTION acknowledged_once() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.acknowledged_at IS NOT NULL AND NEW.acknowledged_at IS DISTINCT FROM OLD.acknowledged_at
  THEN
    RAISE EXCEPTION 'a notice is acknowledged once' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER acknowledged_once BEFORE UPDATE OF acknowledged_at ON notice_account
  FOR EACH ROW EXECUTE FUNCTION acknowledged_once();
