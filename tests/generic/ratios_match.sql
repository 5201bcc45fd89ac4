{# Every ratio of the model is scale × numerator / denominator: NULL exactly when the denominator is
   0 or NULL, never infinite or not a number (G5), with `is_rate` within 0 and 1 (G6), else within
   min_value and max_value where they are given. Where one side is known and not 0, so is the other,
   or the ratio of several rows would take more on one side than on the other; `one_sided: true`
   says that both only meet in a sum, or in some rows. What a ratio is made of stands in its
   column's `config: meta: ratio:`; the expressions may be sums of columns. The model is read once;
   one row per column and row that is wrong. -#}
{% test ratios_match(model) %}

{%- set ratios = {} -%}
{%- if execute -%}
    {#- `model` is the relation here; the test itself is the model of the context -#}
    {%- set tested_model = graph.nodes[context['model']['attached_node']] -%}
    {%- for column in tested_model.columns.values() if column.config.meta.ratio -%}
        {%- do ratios.update({column.name: column.config.meta.ratio}) -%}
    {%- endfor -%}
    {%- if not ratios -%}
        {{ exceptions.raise_compiler_error(
            'ratios_match: no column of ' ~ tested_model.name ~ ' has `config: meta: ratio:`'
        ) }}
    {%- endif -%}
{%- endif %}

with

compared as (

    select
        {%- for column, ratio in ratios.items() %}
        {{ column }},
        {{ ratio.scale | default(1) }} * cast({{ ratio.numerator }} as {{ type_double() }})
        / nullif({{ ratio.denominator }}, 0) as expected_{{ column }},
        (({{ ratio.numerator }}) is null and ({{ ratio.denominator }}) != 0)
        or (({{ ratio.denominator }}) is null and ({{ ratio.numerator }}) != 0)
            as is_one_sided_{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from {{ model }}

),

judged as (

    select
        compared.*,
        {%- for column, ratio in ratios.items() %}
        {%- set lowest = 0 if ratio.is_rate else ratio.min_value %}
        {%- set highest = 1 if ratio.is_rate else ratio.max_value %}
        ({{ column }} is null) != (expected_{{ column }} is null)
        {%- if not ratio.one_sided %}
        or is_one_sided_{{ column }}
        {%- endif %}
        or abs({{ column }} - expected_{{ column }}) > 1e-9 * (1 + abs(expected_{{ column }}))
        -- infinity and NaN, which equal themselves, are above every number
        or not abs({{ column }}) < 1e300
        {%- if lowest is not none and lowest is defined %}
        or {{ column }} < {{ lowest }}
        {%- endif %}
        {%- if highest is not none and highest is defined %}
        or {{ column }} > {{ highest }}
        {%- endif %}
            as is_wrong_{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}

    from compared

),

wrong_rows as (

    select * from judged

    where
        {%- for column in ratios %}
        is_wrong_{{ column }}{{ ' or' if not loop.last }}
        {%- endfor %}

),

column_names as (

    {% for column in ratios -%}
    select '{{ column }}' as column_name
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select
    column_names.column_name,
    case column_names.column_name
        {%- for column in ratios %}
        when '{{ column }}' then {{ column }}
        {%- endfor %}
    end as actual_ratio,
    case column_names.column_name
        {%- for column in ratios %}
        when '{{ column }}' then expected_{{ column }}
        {%- endfor %}
    end as expected_ratio

from wrong_rows

cross join column_names

where
    case column_names.column_name
        {%- for column in ratios %}
        when '{{ column }}' then is_wrong_{{ column }}
        {%- endfor %}
    end

{% endtest %}
