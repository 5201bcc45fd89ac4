{# The column is scale × numerator / denominator: NULL exactly when the denominator is 0 or NULL, never
   infinite or not a number (G5). The expressions may be sums of columns. -#}
{% test ratio_matches(model, column_name, numerator, denominator, scale=1) %}

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

{% endtest %}
