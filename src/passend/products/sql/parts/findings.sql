-- Of many pairs some look strong by chance. Benjamini and Hochberg's rule (1995) over all that were looked at holds the
-- share of chance among the findings down to the setting false_discovery_rate: kept is what has at most the chance of
-- the cutoff. Pairs that need not be listed, since they can be no finding, count among the tests all the same.
-- needs: chances (chance, tests)
-- gives: ordered, cutoff
ordered as (
    select
        *,
        rank() over (order by chance desc) as from_last,
        count(*) over () as findings
    from chances
),
cutoff as (
    select max(chance) as chance
    from ordered
    where chance <= (findings - from_last + 1) * $false_discovery_rate / nullif(tests, 0)
)
