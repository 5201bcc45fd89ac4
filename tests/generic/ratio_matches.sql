{# The column is scale × numerator / denominator: NULL exactly when the denominator is 0 or NULL,
   never infinite or not a number (G5); with `is_rate` also within 0 and 1 (G6). The expressions may
   be sums of columns. -#}
{% test ratio_matches(model, column_name, numerator, denominator, scale=1, is_rate=false) %}

with

checked as (

    select
        {{ column_name }} as actual_ratio,
        {{ scale }} * cast({{ numerator }} as {{ type_double() }})
        / nullif({{ denominator }}, 0) as expected_ratio

    from {{ model }}

)

select *

from checked

where
    (actual_ratio is null) != (expected_ratio is null)
    or abs(actual_ratio - expected_ratio) > 1e-9 * (1 + abs(expected_ratio))
    -- infinity and NaN pass every comparison above
    or cast(actual_ratio as {{ dbt.type_string() }}) in ('inf', '-inf', 'nan', 'Infinity', 'NaN')
    {%- if is_rate %}
    or not (actual_ratio >= 0 and actual_ratio <= 1)
    {%- endif %}

{% endtest %}
