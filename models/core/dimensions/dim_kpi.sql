-- Grain: one row per KPI or variant.
with

definitions as (

    select * from {{ ref('kpi_definitions') }}

),

final as (

    select
        ---------- ids
        definitions.kpi_code,
        definitions.variant_of,
        coalesce(definitions.variant_of, definitions.kpi_code) as headline_kpi_code,

        ---------- strings
        definitions.family as kpi_family,
        definitions.name_en,
        definitions.name_fr,
        definitions.acronyms,
        definitions.description_en,
        definitions.description_fr,
        definitions.scope as kpi_scope,
        definitions.nature,
        definitions.unit,
        definitions.direction,
        definitions.kpi_kind,
        definitions.additivity,
        definitions.cadence,
        definitions.numerator,
        definitions.denominator,
        coalesce(definitions.inclusion_filter, headlines.inclusion_filter) as inclusion_filter,
        coalesce(definitions.dated_at, headlines.dated_at) as dated_at,
        coalesce(definitions.clock, headlines.clock) as clock,
        coalesce(definitions.dimension_set, headlines.dimension_set) as dimension_set,
        definitions.left_out,
        definitions.use_when,
        definitions.mart,
        definitions.presented_as,
        definitions.category_columns,
        definitions.numerator_columns,
        definitions.denominator_columns,
        definitions.default_target_source,

        ---------- numerics
        definitions.scale,
        definitions.default_target_value,
        definitions.default_lower_bound,
        definitions.default_upper_bound,

        ---------- booleans
        definitions.is_macro,
        definitions.variant_of is not null as is_variant

    from definitions

    -- what a variant does not say of itself
    left join definitions as headlines
        on definitions.variant_of = headlines.kpi_code

    union all

    select
        'unknown' as kpi_code,
        null as variant_of,
        'unknown' as headline_kpi_code,
        'unknown' as kpi_family,
        'Unknown' as name_en,
        'Inconnu' as name_fr,
        null as acronyms,
        'A KPI that is not in the catalogue.' as description_en,
        'Un indicateur absent du catalogue.' as description_fr,
        'unknown' as kpi_scope,
        'unknown' as nature,
        'unknown' as unit,
        'neutral' as direction,
        'derived' as kpi_kind,
        'none' as additivity,
        'unknown' as cadence,
        'unknown' as numerator,
        null as denominator,
        null as inclusion_filter,
        null as dated_at,
        null as clock,
        null as dimension_set,
        null as left_out,
        null as use_when,
        'unknown' as mart,
        'unknown' as presented_as,
        null as category_columns,
        null as numerator_columns,
        null as denominator_columns,
        null as default_target_source,
        1 as scale,
        null as default_target_value,
        null as default_lower_bound,
        null as default_upper_bound,
        false as is_macro,
        false as is_variant

)

select * from final
