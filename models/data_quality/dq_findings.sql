-- Grain: one row per finding.
{#- nothing is stored twice -#}
{{ config(materialized='view') }}

{% set models = [
    'dq_crm', 'dq_digital', 'dq_finance', 'dq_governance', 'dq_helpdesk', 'dq_planning',
    'dq_quality', 'dq_social', 'dq_speech', 'dq_surveys', 'dq_telephony', 'dq_workforce',
    'dq_agent_time_rules', 'dq_contact_rules', 'dq_master_data_rules', 'dq_quality_rules',
    'dq_survey_rules', 'dq_ticket_rules',
] -%}

with

unioned as (

    {% for model in models -%}
        select
            finding_id,
            raw_table,
            row_key,
            column_name,
            reason_code,
            raw_value,
            delivery_id,
            source_file,
            loaded_at,
            arrived_at

        from {{ ref(model) }}

        {{ 'union all' if not loop.last }}

    {% endfor -%}

),

reasons as (

    select * from {{ ref('dq_reason_codes') }}

),

final as (

    select
        ---------- ids
        unioned.finding_id,

        ---------- strings
        unioned.raw_table,
        unioned.row_key,
        unioned.column_name,
        unioned.reason_code,
        reasons.edge_case,
        reasons.severity,
        reasons.outcome,
        unioned.raw_value,
        unioned.delivery_id,
        unioned.source_file,

        ---------- timestamps (UTC)
        unioned.loaded_at,
        unioned.arrived_at

    from unioned

    left join reasons
        on unioned.reason_code = reasons.reason_code

)

select * from final
