-- Grain: one row per ticket created by as_of.
-- The tickets that a run is about: all of them, or those that a partial run restates. A view, since
-- its readers take a few columns each.

{{ config(materialized='view') }}

with

tickets as (

    select * from {{ ref('stg_helpdesk__tickets') }}

    where
        -- what is dated later did not happen yet (Q09)
        created_at <= {{ as_of() }}
        and {{ is_restated('ticket', 'ticket_id') }}

),

final as (

    select
        ---------- ids
        ticket_id,
        customer_id,
        assignee_agent_id,
        queue_id,
        team_id,
        calendar_id,
        merged_into_ticket_id,
        followup_of_ticket_id,

        ---------- strings
        source_system,
        channel,
        direction,
        ticket_type,
        priority,
        ticket_status,
        topic_code,
        product_code,
        resolution_code,
        submitter_type,
        brand,
        language,
        country,

        ---------- booleans
        agent_fcr_flag,
        fcr_eligible,
        is_complaint,
        is_spam,
        is_test,
        is_internal,

        ---------- timestamps (UTC)
        created_at,
        solved_at,
        closed_at,
        deleted_at

    from tickets

)

select * from final
