-- All relations with their evidence in one sentence: what was measured, what is guessed for products without history,
-- and over both the people's word; what does not fit
-- by the rules is left out. Of several decisions on a pair the latest counts; notes are added to what stands.
-- grain: one relation of one type from one product to another
-- reads: typed_relations, neighbours, misfits, relation_edits, alternatives, upgrades, follow_counts, products, seasons, first_purchases
-- writes: relations
with
dated as (
    select max(case when first_day is not null then 1 else 0 end) as has_dates
    from first_purchases
),
unfit as (
    select distinct product_id, other_id, type
    from misfits
),
measured as (
    select
        t.*,
        cast(null as varchar) as near_id,
        concat_ws(
            ', ',
            case
                when t.source = 'views' then 'views ' || t.support
                when t.source = 'offers' then 'offers ' || t.support || ' of ' || t.base
                when t.type = 'complement' and t.carts > 0 then
                    concat_ws(
                        ', ',
                        case when t.support > t.carts then 'baskets ' || (t.support - t.carts) end,
                        case when t.carts > t.searches then 'carts ' || (t.carts - t.searches) end,
                        case when t.searches > 0 then 'searches ' || t.searches end
                    )
                when t.type = 'complement' then 'baskets ' || t.support
                when t.type = 'next' then 'sequences ' || t.support
                when t.type = 'substitute' then 'baskets ' || t.support
                when t.type = 'upgrade' then 'moves up ' || t.support
                else 'repeat buyers ' || t.support
            end,
            case when t.type = 'complement' and f.followed > f.expected then 'sequences ' || f.followed end,
            case when t.type = 'substitute' and a.moved > a.moves_expected then 'switching ' || a.moved end,
            case when t.type = 'next' and t.source = 'orders' and t.accepted > 0 then 'offers ' || t.accepted end,
            case when a.shared >= 2 then 'shared partners ' || a.shared end,
            case when a.same_name then 'name' end,
            case when t.type = 'upgrade' then 'price' end,
            case when p.category = o.category then 'category' end
        ) as evidence,
        case
            when t.source = 'views' then
                p.name || ' and ' || o.name || ' were looked at in one visit ' || t.support || ' times; expected '
                || cast(round(t.expected) as bigint) || '; they are not bought together'
            when t.source = 'offers' then
                'of ' || t.base || ' owners of ' || p.name || ' who were offered ' || o.name || ', ' || t.support
                || ' took it; expected ' || cast(round(t.expected) as bigint)
            when t.type = 'complement' and t.carts > 0 then
                'of ' || t.base || ' orders and open carts with ' || p.name || ', ' || t.support || ' also held '
                || o.name || ' (' || (t.support - t.carts) || ' orders, ' || t.carts || ' carts or searches); expected '
                || cast(round(t.expected) as bigint)
            when t.type = 'complement' then
                'of ' || t.base || ' orders with ' || p.name || ', ' || t.support || ' also held ' || o.name
                || '; expected ' || cast(round(t.expected) as bigint)
            when t.type = 'next' then
                'of ' || t.base || ' customers who bought ' || p.name || ', ' || t.support || ' bought ' || o.name
                || case when d.has_dates = 1 then ' within ' || $window_days || ' days' else ' in a later order' end
                || '; expected ' || cast(round(t.expected) as bigint)
                || case
                    when d.has_dates = 1 and t.peak is not null
                        then '; most often after about ' || cast(round(t.peak) as bigint) || ' days'
                    else ''
                end
            when t.type = 'substitute' then
                'chance would put ' || p.name || ' and ' || o.name || ' into '
                || cast(round(t.expected) as bigint) || ' orders together, but only ' || t.support || ' held both'
                || case
                    when a.moved > a.moves_expected then '; ' || a.moved || ' times a customer went from one to the other'
                    else ''
                end
            when t.type = 'upgrade' then
                t.support || ' customers went from ' || p.name || ' to ' || o.name || ', which costs '
                || cast(round((u.price_ratio - 1) * 100) as bigint) || ' % more; ' || u.moved_down || ' went back'
            else
                'of ' || t.base || ' customers who bought ' || p.name || ' again and again, ' || t.support || ' took '
                || o.name || '; expected ' || cast(round(t.expected) as bigint)
        end as reason
    from typed_relations t
    join products p on p.product_id = t.product_id
    join products o on o.product_id = t.other_id
    cross join dated d
    left join follow_counts f on f.product_id = t.product_id and f.other_id = t.other_id
    left join alternatives a
        on a.product_id = least(t.product_id, t.other_id) and a.other_id = greatest(t.product_id, t.other_id)
    left join upgrades u on u.product_id = t.product_id and u.other_id = t.other_id
    left join unfit m on m.product_id = t.product_id and m.other_id = t.other_id and m.type = t.type
    where m.product_id is null
),
guessed as (
    select
        n.product_id,
        n.other_id,
        n.type,
        1000 + n.place as place,
        n.strength,
        case
            when n.type = 'substitute' then p.name || ' is like ' || o.name || ' by name, category or price'
            else 'too new to be measured: ' || k.name || ' is most like it and has this relation'
        end as reason
    from neighbours n
    join products p on p.product_id = n.product_id
    join products o on o.product_id = n.other_id
    join products k on k.product_id = n.near_id
    left join typed_relations t on t.product_id = n.product_id and t.other_id = n.other_id
    left join unfit m on m.product_id = n.product_id and m.other_id = n.other_id and m.type = n.type
    where t.product_id is null and m.product_id is null
),
stands as (
    select
        product_id, other_id, type, place, strength, low, high, support, expected, base, share, likelihood_ratio,
        direction, lag, peak, evidence, reason
    from measured
    union all
    select
        product_id, other_id, type, place, strength, 1 as low, strength as high, 0 as support, 0 as expected,
        0 as base, 0 as share, 0 as likelihood_ratio, cast(null as double) as direction, cast(null as double) as lag,
        cast(null as double) as peak, 'neighbours' as evidence, reason
    from guessed
),
edits as (
    -- The words of Google's related_product are roles: finer kinds of complement and substitute.
    select
        e.*,
        case
            when e.type = 'part_of_set' or e.type = 'required_part' or e.type = 'often_bought_with'
                or e.type = 'accessory' then 'complement'
            when e.type = 'different_brand' then 'substitute'
            else e.type
        end as kind,
        case
            when e.type = 'part_of_set' or e.type = 'required_part' or e.type = 'often_bought_with'
                or e.type = 'accessory' or e.type = 'different_brand' then e.type
        end as role,
        row_number() over (
            partition by e.product_id, e.other_id, e.action = 'annotate'
            order by e.edited_at desc, e.action, e.type, e.note
        ) as age
    from relation_edits e
),
decided as (
    select *
    from edits
    where action <> 'annotate' and action <> 'release' and age = 1
),
noted as (
    select *
    from edits
    where action = 'annotate' and age = 1
),
judged as (
    select
        s.*,
        e.action,
        e.kind,
        e.role,
        e.author,
        e.note,
        row_number() over (
            partition by s.product_id, s.other_id order by s.likelihood_ratio desc, s.type
        ) as best
    from stands s
    left join decided e on e.product_id = s.product_id and e.other_id = s.other_id
),
kept as (
    select
        product_id,
        other_id,
        case when action = 'retype' then kind else type end as type,
        place,
        strength, low, high, support, expected, base, share, likelihood_ratio, direction, lag, peak,
        case when action is null then evidence else evidence || ', people' end as evidence,
        reason,
        coalesce(action = 'pin' and coalesce(kind = type, true), false) as is_pinned,
        case when action = 'pin' or action = 'retype' then role end as role,
        case when action = 'pin' or action = 'retype' then author end as author,
        case when action = 'pin' or action = 'retype' then note end as note
    from judged
    where (coalesce(action <> 'forbid', true) or coalesce(kind <> type, false))
        and coalesce(action <> 'retype' or best = 1, true)
),
added as (
    select
        e.product_id,
        e.other_id,
        coalesce(e.kind, 'complement') as type,
        0 as place,
        1 as strength, 1 as low, 1 as high, 0 as support, 0 as expected, 0 as base, 0 as share, 0 as likelihood_ratio,
        cast(null as double) as direction, cast(null as double) as lag, cast(null as double) as peak,
        'people' as evidence,
        e.author || ' says so: ' || e.note as reason,
        e.action = 'pin' as is_pinned,
        e.role,
        e.author,
        e.note
    from decided e
    join products p on p.product_id = e.product_id
    join products o on o.product_id = e.other_id
    left join (select distinct product_id, other_id, type from kept) k
        on k.product_id = e.product_id and k.other_id = e.other_id and k.type = coalesce(e.kind, k.type)
    where e.action <> 'forbid' and k.product_id is null and e.product_id <> e.other_id
),
spoken as (
    select * from kept
    union all
    select * from added
),
ranked as (
    select
        *,
        row_number() over (
            partition by product_id, type
            order by case when is_pinned then 0 else 1 end, place, likelihood_ratio desc, other_id
        ) as position
    from spoken
)
select
    r.product_id,
    r.other_id,
    r.type,
    r.role,
    cast(r.position as bigint) as rank,
    cast(r.strength as double) as strength,
    cast(r.low as double) as low,
    cast(r.high as double) as high,
    cast(r.support as bigint) as support,
    cast(r.expected as double) as expected,
    cast(r.base as bigint) as base,
    cast(r.share as double) as share,
    cast(r.likelihood_ratio as double) as likelihood_ratio,
    r.direction,
    case when d.has_dates = 1 then r.lag end as lag_days,
    case when d.has_dates = 1 then r.peak end as peak_days,
    s.season,
    r.evidence,
    r.is_pinned,
    nullif(concat_ws('; ', r.note, n.note), '') as note,
    coalesce(r.author, n.author) as author,
    r.reason
from ranked r
cross join dated d
left join seasons s on s.product_id = r.other_id
left join noted n on n.product_id = r.product_id and n.other_id = r.other_id
