-- Grain: one row per keyword.
with

keywords as (

    select * from {{ ref('cfg_keywords') }}

),

final as (

    select
        ---------- strings
        keyword_code,
        label_fr as keyword_label_fr,
        label_en as keyword_label_en,
        category as keyword_category

    from keywords

    where keyword_code != 'unknown'

    union all

    select
        'unknown' as keyword_code,
        'Inconnu' as keyword_label_fr,
        'Unknown' as keyword_label_en,
        'unknown' as keyword_category

)

select * from final
