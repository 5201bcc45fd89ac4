-- Grain: one row per vendor.
-- No raw table lists the outsourcers: whoever employs, runs a team or sends an invoice is one.

with

agents as (

    select * from {{ ref('stg_workforce__agents') }}

),

teams as (

    select * from {{ ref('stg_workforce__teams') }}

),

costs as (

    select * from {{ ref('stg_finance__operating_costs') }}

),

vendors as (

    select vendor_id from agents

    union distinct

    select vendor_id from teams

    union distinct

    select vendor_id from costs

    union distinct

    select 'in_house' as vendor_id

    union distinct

    select 'unknown' as vendor_id

),

final as (

    select
        ---------- ids
        vendor_id,

        ---------- booleans
        vendor_id not in ('in_house', 'unknown') as is_outsourcer

    from vendors

    where vendor_id is not null

)

select * from final
