{# The KPIs of a mart by period and scope, one row each: numerator, denominator and sample_count
   from the totals of the additive columns, so that no mean of means is taken (G7). Rows without
   cases are left out, but for the counts of the whole centre, where no case is a 0 (Q104).

   mart: the CTE with its rows, named as the mart; period: its columns that name a period; scopes:
   {scope type: column with its id}, where `all` and `none` are no id. Of the columns in `constant`
   the rows of a period and scope all say the same, so they are not added up. Of the KPIs in
   `numerators_of` the denominator comes from elsewhere. Absolute values are left for the end: those
   of days do not add up to that of a month. -#}
{% macro kpi_values(
    mart, period, scopes={}, where=none, only=[], without=[], constant=[], numerators_of=[],
    has_global=true
) -%}
    {%- set formulas = kpi_formulas(mart, only, without) -%}
    {%- for code in numerators_of if formulas -%}
        {%- do formulas[code].update({'denominator': none}) -%}
    {%- endfor -%}
    {%- set keys = period + ['scope_type', 'scope_id', 'is_provisional', 'data_through_at'] -%}
    {%- set totals -%}
            select
                {{ period | join(',\n                ') }},
                {% if scopes -%}
                case
                    {%- for scope in scopes %}
                    when {{ scope }}_scope is not null then '{{ scope }}'
                    {%- endfor %}
                    else 'global'
                end
                {%- else -%}
                'global'
                {%- endif %} as scope_type,
                coalesce(
                    {%- for scope in scopes %}{{ scope }}_scope, {% endfor -%}
                    'all'
                ) as scope_id,
                max({{ count_if('is_provisional') }}) = 1 as is_provisional,
                max(data_through_at) as data_through_at
                {%- for total in _totals_of(mart, formulas, constant) %},
                {{ total }}
                {%- endfor %}

            from (
                select
                    *
                    {%- for scope, column in scopes.items() %},
                    {{ column }} as {{ scope }}_scope
                    {%- endfor %}

                from {{ mart }}

                {%- if where %}

                where {{ where }}
                {%- endif %}
            ) as {{ mart }}

            group by grouping sets (
                {%- if has_global %}
                ({{ period | join(', ') }}){{ ',' if scopes }}
                {%- endif %}
                {%- for scope in scopes %}
                ({{ period | join(', ') }}, {{ scope }}_scope){{ ',' if not loop.last }}
                {%- endfor %}
            )
    {%- endset -%}
    select
        {{ keys | join(',\n        ') }},
        kpi_code,
        numerator,
        denominator,
        sample_count

    from (
        {{ _kpis_as_rows(totals, keys, formulas) }}
    ) as kpis

    where
        (scope_type = 'global' or scope_id not in ('all', 'none'))
        and case
            -- what has no denominator today has one in its month
            when has_denominator then denominator != 0 or numerator != 0
            else numerator is not null and (scope_type = 'global' or numerator != 0)
        end
{%- endmacro %}

{# The KPIs of several marts by period and scope, as kpi_values gives them, with the mart's name.
   marts: dicts with the name of the `mart`, the arguments of kpi_values that differ from its
   defaults, and a `comment`. -#}
{% macro kpi_values_of(marts, period) -%}
    {%- for source in marts %}
    {%- if source.comment %}
    -- {{ source.comment }}
    {%- endif %}
    select
        '{{ source.mart }}' as mart,
        kpis_of_mart.*

    from (
    {{ kpi_values(
        source.mart,
        period,
        scopes=source.scopes or {},
        where=source.where,
        only=source.only or [],
        without=source.without or [],
        constant=source.constant or [],
        numerators_of=source.numerators_of or [],
        has_global=source.has_global | default(true),
    ) }}
    ) as kpis_of_mart

    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# The totals of the columns that the formulas name. Fractions are added up as decimals, which gives
   the same in any order; percentiles stand in one row. -#}
{% macro _totals_of(mart, formulas, constant) -%}
    {%- set columns = _mart_columns(mart) -%}
    {%- set totals = [] -%}
    {%- for name in formulas.values() | map(attribute='columns') | sum(start=[]) | unique -%}
        {%- if name in constant or columns[name].config.meta.measure == 'percentile' -%}
            {%- set total = 'max(' ~ name ~ ')' -%}
        {%- elif columns[name].data_type == 'double' -%}
            {%- set total = 'sum(cast(' ~ name ~ ' as decimal(38, 12)))' -%}
        {%- else -%}
            {%- set total = 'sum(' ~ name ~ ')' -%}
        {%- endif -%}
        {%- do totals.append(total ~ ' as ' ~ name) -%}
    {%- endfor -%}
    {{ return(totals) }}
{%- endmacro %}

{# One row per KPI of each row of totals; in one pass, because a query per KPI would read the totals
   dozens of times. -#}
{% macro _kpis_as_rows(totals, keys, formulas) -%}
    {{ return(adapter.dispatch('_kpis_as_rows', 'service_kpis')(totals, keys, formulas)) }}
{%- endmacro %}

{% macro default___kpis_as_rows(totals, keys, formulas) -%}
        select
            {{ keys | join(',\n            ') }},
            kpi.*

        from (
            {{ totals }}
        ) as totals

        cross join lateral (
            values
            {%- for code, formula in formulas.items() %}
            ({{ _kpi_fields(code, formula).values() | join(', ') }}){{ ',' if not loop.last }}
            {%- endfor %}
        ) as kpi ({{ _kpi_fields('').keys() | join(', ') }})
{%- endmacro %}

{% macro duckdb___kpis_as_rows(totals, keys, formulas) -%}
        select
            {{ keys | join(',\n            ') }},
            kpi.*

        from (
            select
                {{ keys | join(',\n                ') }},
                unnest([
                    {%- for code, formula in formulas.items() %}
                    struct_pack(
                        {%- for field, value in _kpi_fields(code, formula).items() %}
                        {{ field }} := {{ value }}{{ ',' if not loop.last }}
                        {%- endfor %}
                    ){{ ',' if not loop.last }}
                    {%- endfor %}
                ]) as kpi

            from (
            {{ totals }}
            ) as totals
        ) as listed
{%- endmacro %}

{% macro spark___kpis_as_rows(totals, keys, formulas) -%}
        select
            {{ keys | join(',\n            ') }},
            {{ _kpi_fields('').keys() | join(', ') }}

        from (
            {{ totals }}
        ) as totals

        lateral view inline(array(
            {%- for code, formula in formulas.items() %}
            struct({{ _kpi_fields(code, formula).values() | join(', ') }})
            {{- ',' if not loop.last }}
            {%- endfor %}
        )) kpi as {{ _kpi_fields('').keys() | join(', ') }}
{%- endmacro %}

{% macro _kpi_fields(code, formula={}) -%}
    {%- set numerator = (formula.numerator or '') | replace('abs(', '(') -%}
    {{ return({
        'kpi_code': "'" ~ code ~ "'",
        'numerator': 'cast(' ~ numerator ~ ' as ' ~ type_double() ~ ')',
        'denominator': 'cast(' ~ (formula.denominator or 'null') ~ ' as ' ~ type_double() ~ ')',
        'has_denominator': 'true' if formula.denominator else 'false',
        'sample_count': 'cast(' ~ (formula.sample or 'null') ~ ' as ' ~ dbt.type_bigint() ~ ')',
    }) }}
{%- endmacro %}
