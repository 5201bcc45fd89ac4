{# The columns name a row: no two rows have the same values, and none of them is NULL. Key and
   NULLs are one test, because each test is a query of its own. `never_null` adds columns that are
   no part of the key but never NULL either; `nullable` lists columns of the key in which NULL means
   something and counts as a value. One row per key that is wrong. -#}
{% test unique_key(model, columns, never_null=[], nullable=[]) %}

select
    {{ columns | join(',\n    ') }},
    {% if never_null -%}
    count(case when {{ never_null | join(' is null or ') }} is null then 1 end)
        as rows_with_null,
    {% endif -%}
    count(*) as row_count

from {{ model }}

group by
    {{ columns | join(',\n    ') }}

having
    count(*) > 1
    {%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}
    {%- if never_null %}
    or count(case when {{ never_null | join(' is null or ') }} is null then 1 end) > 0
    {%- endif %}

{% endtest %}
