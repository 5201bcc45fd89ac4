-- Grain: one row per survey invitation sent by as_of.

{{ config(
    materialized='incremental',
    unique_key='invitation_id',
    meta={
        'scope': {'invitation': 'invitation_id'},
        'links': {
            'date': ['sent_date'],
        },
        'matures': {
            'is_matured': {'after': 'sent_at', 'hours': 24 * var('survey_max_age_days')},
        },
    }
) }}

with

invitations as (

    select * from {{ ref('int_survey_invitations_answered') }}

),

final as (

    select
        ---------- ids
        invitation_id,
        ticket_id,
        customer_id,
        agent_id,
        team_id,

        ---------- strings
        survey_code,
        audience,
        touchpoint,
        collection_channel,
        ticket_channel,
        topic_code,
        product_code,
        customer_segment,
        country,
        language,
        delivery_status,

        ---------- numerics
        response_count,

        ---------- booleans
        is_delivered,
        is_responded,
        is_on_excluded_ticket,
        is_counted,
        is_matured,

        ---------- dates
        sent_date,

        ---------- timestamps (UTC)
        sent_at,
        first_answered_at

    from invitations

)

select * from final
