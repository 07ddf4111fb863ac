-- The plan that was asked for, or those in force, and for how many seconds that stays so.
SELECT coalesce(array_agg(id ORDER BY id), '{{}}') AS plans,
       coalesce(array_agg(jurisdiction_id) FILTER (
         WHERE EXISTS (SELECT FROM grid_unit WHERE plan_id = plan.id)), '{{}}') AS covered,
       max(jurisdiction_id) AS jurisdiction,
       coalesce(bool_or(status IN ('draft', 'in_review')
                        AND EXISTS (SELECT FROM draft_unit WHERE plan_id = plan.id)), false)
         AS drawn,
       (SELECT extract(epoch FROM min(edge) - now())::double precision
        FROM plan AS other,
             LATERAL (VALUES (lower(other.effective)), (upper(other.effective))) AS e (edge)
        WHERE edge > now()) AS seconds
FROM plan
WHERE CASE WHEN %(plan)s::bigint IS NULL THEN effective @> now() ELSE id = %(plan)s END
