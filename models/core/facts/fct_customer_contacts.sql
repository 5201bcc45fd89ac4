-- Grain: one row per demand of a known customer: an inbound ticket, or a customer call or chat
-- without a ticket.

{{ config(
    materialized='incremental',
    unique_key='demand_id',
    meta={'scope': {
        'ticket': 'ticket_id',
        'call': "case when demand_type = 'call' then substr(demand_id, 6) end",
        'chat': "case when demand_type = 'chat' then substr(demand_id, 6) end",
    }}
) }}

with

contacts as (

    select * from {{ ref('int_customer_contacts') }}

),

final as (

    select
        ---------- ids
        demand_id,
        ticket_id,
        customer_id,
        queue_id,
        team_id,

        ---------- strings
        demand_type,
        channel,
        topic_code,

        ---------- booleans
        is_repeat_contact,

        ---------- dates
        demanded_date,

        ---------- timestamps (UTC)
        demanded_at

    from contacts

)

select * from final
