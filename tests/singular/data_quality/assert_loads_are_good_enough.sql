-- The latest load of each raw table has few enough rejected rows and findings: above the first
-- threshold it warns, above the second it fails, and nothing is published.
{{ config(
    fail_calc='coalesce(max(threshold_level), 0)',
    warn_if='>= 1',
    error_if='>= 2',
) }}

with

loads as (

    select
        *,
        {{ safe_ratio('rejected_row_count', 'delivered_row_count') }} as rejected_share,
        {{ safe_ratio('warning_finding_count + error_finding_count', 'delivered_row_count') }}
            as finding_share

    from {{ ref('dq_load_summary') }}

    where
        is_latest_load
        -- of a handful of rows one is many
        and delivered_row_count >= {{ var('dq_threshold_min_rows') }}

),

final as (

    select
        source_name,
        raw_table,
        loaded_at,
        delivered_row_count,
        rejected_share,
        finding_share,
        case
            when
                rejected_share > {{ var('dq_rejected_error_share') }}
                or finding_share > {{ var('dq_findings_error_share') }}
                then 2
            else 1
        end as threshold_level

    from loads

    where
        rejected_share > {{ var('dq_rejected_warn_share') }}
        or finding_share > {{ var('dq_findings_warn_share') }}

)

select * from final
