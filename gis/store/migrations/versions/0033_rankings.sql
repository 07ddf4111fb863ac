-- The districts of a city are ranked once for all of them: for whoever is in the city.
DROP POLICY score_ranking_read ON score_ranking;
CREATE POLICY score_ranking_read ON score_ranking FOR SELECT TO wangge_app USING (
  (SELECT scope_all())
  OR jurisdiction_id = ANY ((SELECT scope_ids('reach'))::bigint[])
     AND (board <> 'street' OR scope_near(code))
  OR board = 'city' AND scope_near(code));

-- The leader of a sub-district enters points by hand for its communities and for those who work
-- there, never for itself or for themselves: by a rule of a kind for which points are entered by
-- hand, on a day that it holds, as many as it says.
CREATE FUNCTION scope_scores_by_hand(code text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce('leader' = ANY (scope_texts('roles')) AND length(scope_setting('own')) = 9
                  AND scope_own(code), false)
$$;
CREATE FUNCTION scope_enters_score(of_entry score_entry) RETURNS boolean LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT scope_scores_by_hand(of_entry.code)
    AND of_entry.corrects_id IS NULL AND of_entry.appeal_id IS NULL
    AND CASE of_entry.subject
          WHEN 'community' THEN EXISTS (
            SELECT FROM organisation WHERE id = of_entry.organisation_id AND kind = 'community'
              AND code = of_entry.code)
          WHEN 'person' THEN of_entry.person_id IS DISTINCT FROM
            (SELECT person_id FROM account WHERE id = scope_id('account'))
          ELSE false
        END
    AND EXISTS (
      SELECT FROM score_fact AS f WHERE f.id = of_entry.fact_id AND f.source = 'hand'
        AND f.recorded_account_id = scope_id('account')
        AND f.jurisdiction_id = of_entry.jurisdiction_id AND f.day = of_entry.day)
    AND EXISTS (
      SELECT FROM score_rule AS r WHERE r.id = of_entry.rule_id
        AND r.jurisdiction_id = of_entry.jurisdiction_id AND r.held @> of_entry.day
        AND r.kind IN ('media_exposed', 'commended', 'by_hand')
        AND of_entry.subject = ANY (r.subjects) AND r.points = of_entry.points)
$$;
DROP POLICY score_fact_add ON score_fact;
CREATE POLICY score_fact_add ON score_fact FOR INSERT TO wangge_app WITH CHECK (
  (SELECT scope_all())
  OR jurisdiction_id = ANY ((SELECT scope_ids('jurisdictions'))::bigint[])
  OR source = 'hand' AND jurisdiction_id = ANY ((SELECT scope_ids('reach'))::bigint[])
     AND recorded_account_id = scope_id('account') AND scope_scores_by_hand(grid_code));
DROP POLICY score_entry_add ON score_entry;
CREATE POLICY score_entry_add ON score_entry FOR INSERT TO wangge_app WITH CHECK (
  (SELECT scope_all())
  OR jurisdiction_id = ANY ((SELECT scope_ids('jurisdictions'))::bigint[])
  OR jurisdiction_id = ANY ((SELECT scope_ids('reach'))::bigint[])
     AND scope_enters_score(score_entry));
