{# Several sets of rows with the same keys and different measures as one set: each set brings its
   own measures, the others are NULL there (typed: a bare NULL is text on Postgres; the smallest
   number, which takes the type of the set that has it). Total the result by the keys. KPIs of one
   mart have different dates and owners (G4, G9); stacking adds them up without a join that could
   lose or repeat rows.

   sets: {cte name: [its measures]}. -#}
{% macro stack_measures(keys, sets) -%}
    {%- set measures = sets.values() | sum(start=[]) | unique | list -%}
    {%- for cte, set_measures in sets.items() %}
    select
        {{ keys | join(',\n        ') }}
        {%- for measure in measures %},
        {{ measure if measure in set_measures
            else 'cast(null as ' ~ dbt.type_int() ~ ') as ' ~ measure }}
        {%- endfor %}

    from {{ cte }}
    {%- if not loop.last %}

    union all
    {% endif -%}
    {%- endfor %}
{%- endmacro %}
