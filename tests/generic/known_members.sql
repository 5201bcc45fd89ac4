{# `relationships` for several columns that name members of one dimension: every value that is not
   NULL stands in the dimension. The fact is read once; one row per wrong row, with the columns at
   fault. -#}
{% test known_members(model, columns, to, field) %}

with

facts as (

    select
        {{ columns | join(',\n        ') }}

    from {{ model }}

),

-- a member may have several versions
members as (

    select distinct {{ field }} as member

    from {{ to }}

),

checked as (

    select
        facts.*,
        trim(
            {%- for column in columns %}
            case
                when facts.{{ column }} is not null and {{ column }}_members.member is null
                    then '{{ column }} '
                else ''
            end
            {{- ' ||' if not loop.last }}
            {%- endfor %}
        ) as unknown_columns

    from facts

    {% for column in columns -%}
    left join members as {{ column }}_members
        on facts.{{ column }} = {{ column }}_members.member

    {% endfor %}
)

select *

from checked

where unknown_columns != ''

{% endtest %}
