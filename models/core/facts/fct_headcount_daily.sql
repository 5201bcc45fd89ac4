-- Grain: one row per agent and local date employed.
-- A view: sums over days are made from fct_headcount_spells, by arithmetic.
{{ config(materialized='view') }}

with

spells as (

    select * from {{ ref('fct_headcount_spells') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

final as (

    select
        ---------- ids
        spells.agent_id,
        spells.person_id,
        spells.team_id,
        spells.vendor_id,

        ---------- strings
        spells.agent_role,
        spells.site,
        spells.worker_type,
        spells.tenure_band,

        ---------- numerics
        1 as heads,
        spells.fte,

        ---------- booleans
        spells.is_counted,
        spells.is_hire and dates.date_day = spells.from_date as is_hire,
        spells.is_departure and dates.date_day = spells.to_date as is_departure,
        spells.is_move_in and dates.date_day = spells.from_date as is_move_in,
        spells.is_move_out and dates.date_day = spells.to_date as is_last_day_before_move,

        ---------- dates
        dates.date_day

    from spells

    inner join dates
        on
            spells.from_date <= dates.date_day
            and spells.to_date >= dates.date_day

)

select * from final
