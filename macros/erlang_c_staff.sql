{# The CTEs that give each row of `loads` the positions it needs by Erlang C, ending in `staffed`
   (the keys, erlangs, threshold_ratio, positions, wait_probability): the least whole N above the
   load for which `target_rate` of the contacts are answered within the threshold and A / N stays
   within `max_occupancy`. `loads` has the keys and, as doubles, `erlangs` above 0,
   `threshold_ratio` (threshold ÷ handle time), `target_rate` and `max_occupancy`, none of them
   NULL.

   With I = 1 / B, the recursion of Erlang B is I(n) = 1 + n / A × I(n - 1), I(0) = 1. Written from
   n downwards it is a sum, 1 + n/A × (1 + (n-1)/A × (…)), whose factors become 0 at the bottom:
   the same arithmetic, without factorials, powers or exponentials that could overflow. It starts
   at the least N that load and occupancy allow and then goes up one position at a time until the
   service level is there. Everything is unrolled: plain projections, so that a year of 20 queues
   takes seconds, no row per N, and no recursion, which Spark lacks.

   `terms` bounds the sum, `steps` the search. The sum is complete up to N = terms, and right to
   the last digit some way beyond, for its terms fall in the end; cut short it could only ask for
   more positions. When the last step does not reach the target, positions are NULL. -#}
{% macro erlang_c_staff(loads, keys, terms=512, steps=64) -%}
    {%- set block = 16 -%}
    {%- if target.name == 'lint' -%}
        {#- one of each shows the linter all; hundreds take it minutes -#}
        {%- set terms = block -%}
        {%- set steps = 1 -%}
    {%- endif -%}
erlang_sum_0 as (

    select
        {{ keys | join(',\n        ') }},
        erlangs,
        threshold_ratio,
        target_rate,
        greatest(
            floor(erlangs) + 1,
            -- an exact quotient must not be lifted by its last digit
            ceil(erlangs / nullif(max_occupancy, 0) - 0.000000001)
        ) as positions,
        cast(1 as {{ type_double() }}) as factor,
        cast(0 as {{ type_double() }}) as inverse_blocking

    from {{ loads }}

),

    {%- for number in range(1, (terms // block) + 1) %}
    {%- set first = (number - 1) * block %}
    {%- set nested = namespace(sum='1', product='1') %}
    {%- for offset in range(block - 2, -1, -1) %}
    {%- set nested.sum = '(1 + (positions - ' ~ (first + offset) ~ ') / erlangs * '
        ~ nested.sum ~ ')' %}
    {%- endfor %}

erlang_sum_{{ number }} as (

    select
        {{ keys | join(',\n        ') }},
        erlangs,
        threshold_ratio,
        target_rate,
        positions,
        -- far too many positions for the load: nobody waits, and the number must stay one
        least(
            factor
            {%- for offset in range(block) %}
            * ((positions - {{ first + offset }}) / erlangs)
            {%- endfor %},
            1e200
        ) as factor,
        least(
            inverse_blocking + factor
            * {{ nested.sum }},
            1e250
        ) as inverse_blocking

    from erlang_sum_{{ number - 1 }}

),
    {%- endfor %}

erlang_step_0 as (

    select
        {{ keys | join(',\n        ') }},
        erlangs,
        threshold_ratio,
        target_rate,
        positions,
        inverse_blocking,
        {{ _erlang_c_is_enough() }} as is_enough

    from erlang_sum_{{ terms // block }}

),

    {%- for number in range(1, steps + 1) %}

erlang_tried_{{ number }} as (

    select
        {{ keys | join(',\n        ') }},
        erlangs,
        threshold_ratio,
        target_rate,
        case when is_enough then positions else positions + 1 end as positions,
        case
            when is_enough then inverse_blocking
            else 1 + (positions + 1) / erlangs * inverse_blocking
        end as inverse_blocking

    from erlang_step_{{ number - 1 }}

),

erlang_step_{{ number }} as (

    select
        *,
        {{ _erlang_c_is_enough() }} as is_enough

    from erlang_tried_{{ number }}

),
    {%- endfor %}

staffed as (

    select
        {{ keys | join(',\n        ') }},
        erlangs,
        threshold_ratio,
        case when is_enough then positions end as positions,
        case when is_enough then {{ _erlang_c_wait_probability() }} end as wait_probability

    from erlang_step_{{ steps }}

)
{%- endmacro %}

{# That a contact has to wait at all: C = B / (1 - A/N × (1 - B)). -#}
{% macro _erlang_c_wait_probability() -%}
    1 / (inverse_blocking * (1 - erlangs / positions) + erlangs / positions)
{%- endmacro %}

{# Not more than 1 - target_rate wait longer than the threshold. -#}
{% macro _erlang_c_is_enough() -%}
    {{ _erlang_c_wait_probability() }} * exp(-(positions - erlangs) * threshold_ratio)
        <= 1 - target_rate
{%- endmacro %}
