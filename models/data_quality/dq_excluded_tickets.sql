-- Grain: one row per local day of creation, channel and reason.
-- Excluded from every KPI and every period (E05, E06), but not from sight.
with

tickets as (

    select * from {{ ref('fct_tickets') }}

    where not is_valid

),

judged as (

    select
        created_date,
        channel,
        -- of several reasons the first
        case
            when is_spam then 'spam'
            when is_test then 'test'
            when is_internal then 'internal'
            when is_deleted then 'deleted'
            else 'merged'
        end as exclusion_reason

    from tickets

),

final as (

    select
        ---------- strings
        channel,
        exclusion_reason,

        ---------- numerics
        count(*) as ticket_count,

        ---------- dates
        created_date

    from judged

    group by
        channel,
        exclusion_reason,
        created_date

)

select * from final
