-- Profit added in each group of customers, with its interval: what is told of slices, from sums alone. The formulas are
-- those of results/difference.py. Amounts in minor units, of all treated customers of the group.
-- grain: one value of one slice of one phase of one campaign
-- reads: slice_sums, effects
-- writes: slice_effects
with
reaches as (
    select campaign, phase, max(reach) as reach
    from effects
    where metric = 'profit' and slice = 'all'
    group by campaign, phase
),
arms as (
    select
        s.campaign, s.phase, s.slice, s.slice_value, s.arm, r.reach,
        sum(s.people) as n, sum(s.active) as active, sum(s.total) as y, sum(s.squares) as yy,
        sum(s.before) as x, sum(s.before_squares) as xx, sum(s.products) as xy, sum(s.contact_cents) as contacts
    from slice_sums s
    join reaches r on r.campaign = s.campaign and r.phase = s.phase
    group by s.campaign, s.phase, s.slice, s.slice_value, s.arm, r.reach
),
both_arms as (
    select
        t.campaign, t.phase, t.slice, t.slice_value, t.reach,
        t.n as n_t, h.n as n_h, t.n + h.n as n, t.active + h.active as active, t.y + h.y as y, t.yy + h.yy as yy,
        t.y / nullif(t.n, 0) - h.y / nullif(h.n, 0) as apart,
        t.x / nullif(t.n, 0) - h.x / nullif(h.n, 0) as before_apart,
        t.contacts / nullif(t.n, 0) - h.contacts / nullif(h.n, 0) as cost,
        -- Within the arms: products of outcome and outcome before, and squares of each.
        t.xy - t.x * t.y / nullif(t.n, 0) + h.xy - h.x * h.y / nullif(h.n, 0) as together,
        t.xx - t.x * t.x / nullif(t.n, 0) + h.xx - h.x * h.x / nullif(h.n, 0) as spread,
        t.yy - t.y * t.y / nullif(t.n, 0) + h.yy - h.y * h.y / nullif(h.n, 0) as outcome,
        (t.yy - t.y * t.y / nullif(t.n, 0)) / nullif((t.n - 1) * t.n, 0)
            + (h.yy - h.y * h.y / nullif(h.n, 0)) / nullif((h.n - 1) * h.n, 0) as apart_variance
    from arms t
    join arms h
        on h.campaign = t.campaign and h.phase = t.phase and h.slice = t.slice and h.slice_value = t.slice_value
    where t.arm = 'treated' and h.arm = 'held-out' and t.n > 1 and h.n > 1
),
-- History takes out what it explains.
adjusted as (
    select
        b.campaign, b.phase, b.slice, b.slice_value, b.reach, b.n_t, b.n_h, b.n, b.y, b.yy, b.cost, b.apart_variance,
        b.apart - case when b.spread > 0 and b.outcome > 0 then b.together / nullif(b.spread, 0) else 0 end
            * b.before_apart as value,
        1 - case when b.spread > 0 and b.outcome > 0
            then least(b.together * b.together / nullif(b.spread * b.outcome, 0), 1) else 0 end as kept,
        -- Spend has a shape; what is as often a loss as a gain has none.
        b.y > 0 and b.yy * b.active <= 100 * b.y * b.y as is_spend,
        (b.yy - b.y * b.y / nullif(b.n, 0)) / nullif(b.n - 1, 0) * (1 / nullif(b.n_t, 0) + 1 / nullif(b.n_h, 0))
            as no_effect_variance
    from both_arms b
),
-- The variance of the difference if d was added is none + per_unit x d + bend x d^2.
lines as (
    select
        a.campaign, a.phase, a.slice, a.slice_value, a.reach, a.n_t, a.n_h, a.cost, a.value,
        a.kept * case when a.is_spend then a.no_effect_variance
            else greatest(a.no_effect_variance, a.apart_variance) end as none,
        a.kept * case when a.is_spend then (a.yy / nullif(a.y, 0) - 2 * a.y / nullif(a.n, 0))
            * (a.n_h / nullif(a.n_t, 0) - a.n_t / nullif(a.n_h, 0)) / nullif(a.n, 0) else 0 end as per_unit,
        a.kept * case when a.is_spend then -(a.n_h * a.n_h / nullif(a.n_t, 0) + a.n_t * a.n_t / nullif(a.n_h, 0))
            / nullif(a.n * a.n, 0) else 0 end as bend
    from adjusted a
),
-- All d that are no more than ``reach`` standard errors away: between the roots of a quadratic.
quadratics as (
    select
        l.campaign, l.phase, l.slice, l.slice_value, l.n_t, l.n_h, l.cost, l.value,
        1 - l.reach * l.reach * l.bend as square,
        -2 * l.value - l.reach * l.reach * l.per_unit as line,
        l.value * l.value - l.reach * l.reach * l.none as rest
    from lines l
),
ends as (
    select
        q.campaign, q.phase, q.slice, q.slice_value, q.n_t, q.n_h, q.cost, q.value,
        least(
            (-q.line - sqrt(greatest(q.line * q.line - 4 * q.square * q.rest, 0))) / nullif(2 * q.square, 0), q.value
        ) as low,
        greatest(
            (-q.line + sqrt(greatest(q.line * q.line - 4 * q.square * q.rest, 0))) / nullif(2 * q.square, 0), q.value
        ) as high
    from quadratics q
)
select
    campaign,
    phase,
    slice,
    slice_value,
    n_t + n_h as people,
    n_h as held_out,
    (value - cost) * n_t as total,
    (low - cost) * n_t as total_low,
    (high - cost) * n_t as total_high
from ends
