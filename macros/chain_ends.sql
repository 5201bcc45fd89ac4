{# The CTEs that follow merges (A into B into C) to their end: {cte}'s rows with a target, each with
   the last target of its chain, in `chain_ends` (id_column, end_id).

   By doubling: after round n a pointer spans 2^n merges, so 6 rounds follow 64. Plain joins on the
   few merged rows; no recursion, which Spark lacks. The end of a circle is in the circle: a row
   that is itself merged, which the caller takes for no end. -#}
{% macro chain_ends(cte, id_column, target_column) -%}
pointers_0 as (

    select
        {{ id_column }},
        {{ target_column }} as end_id

    from {{ cte }}

    where {{ target_column }} is not null

),

{% for round in range(1, 7) -%}
pointers_{{ round }} as (

    select
        here.{{ id_column }},
        coalesce(further.end_id, here.end_id) as end_id

    from pointers_{{ round - 1 }} as here

    left join pointers_{{ round - 1 }} as further
        on here.end_id = further.{{ id_column }}

),

{% endfor -%}
chain_ends as (

    select * from pointers_6

)
{%- endmacro %}
