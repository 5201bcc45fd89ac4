-- Grain: one row per survey invitation sent by as_of.
-- Whether it arrived and was answered in time (Q115). Late, test and incomplete answers are none.

with

invitations as (

    select * from {{ ref('stg_surveys__survey_invitations') }}

    where
        sent_at <= {{ as_of() }}
        and {{ is_restated('invitation', 'invitation_id') }}

),

attributed as (

    select * from {{ ref('int_surveys_attributed') }}

),

answers as (

    select * from {{ ref('int_survey_valid') }}

    where
        invitation_id is not null
        and not is_late
        -- an answer out of scale is still a response
        and coalesce(invalid_reason, 'none') not in ('test', 'incomplete')

),

responses as (

    select
        invitation_id,
        count(distinct response_id) as response_count,
        min(answered_at) as first_answered_at

    from answers

    group by invitation_id

),

final as (

    select
        ---------- ids
        invitations.invitation_id,
        attributed.ticket_id,
        attributed.customer_id,
        attributed.agent_id,
        attributed.team_id,

        ---------- strings
        attributed.survey_code,
        attributed.audience,
        attributed.touchpoint,
        attributed.collection_channel,
        attributed.ticket_channel,
        attributed.topic_code,
        attributed.product_code,
        attributed.customer_segment,
        attributed.country,
        attributed.language,
        coalesce(invitations.delivery_status, 'unknown') as delivery_status,

        ---------- numerics
        coalesce(responses.response_count, 0) as response_count,

        ---------- booleans
        coalesce(invitations.delivery_status = 'delivered', false) as is_delivered,
        responses.invitation_id is not null as is_responded,
        attributed.is_on_excluded_ticket,
        coalesce(invitations.delivery_status = 'delivered', false)
        and not attributed.is_on_excluded_ticket as is_counted,
        -- no timely answer can come any more; a window that ends at as_of is over
        {{ elapsed_seconds('invitations.sent_at', as_of()) }}
        >= {{ var('survey_max_age_days') }} * 86400 as is_matured,

        ---------- dates
        {{ local_date('invitations.sent_at') }} as sent_date,

        ---------- timestamps (UTC)
        invitations.sent_at,
        responses.first_answered_at

    from invitations

    inner join attributed
        on 'invitation:' || invitations.invitation_id = attributed.survey_item_id

    left join responses
        on invitations.invitation_id = responses.invitation_id

)

select * from final
