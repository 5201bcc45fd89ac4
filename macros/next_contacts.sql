{# The CTEs that find when a customer next asked a human on the same topic: for each row of {cte}
   with a known customer and topic, the first contact at or after {start_column}, in
   `next_contacts` ({id_column}, next_contact_at); NULL when none followed.

   One window over both, sorted backwards so that every engine runs it in one pass; never a join of
   a customer's sessions to all of its contacts. -#}
{% macro next_contacts(cte, id_column, start_column, contacts) -%}
starts_and_contacts as (

    select
        {{ id_column }},
        customer_id,
        topic_code,
        {{ start_column }} as happened_at,
        null as contact_at

    from {{ cte }}

    -- contacts of the anonymous are not known, an unknown topic matches nothing (Q41)
    where
        customer_id is not null
        and topic_code != 'unknown'

    union all

    select
        null as {{ id_column }},
        customer_id,
        topic_code,
        contact_at as happened_at,
        contact_at

    from {{ contacts }}

),

followed_starts as (

    select
        {{ id_column }},
        -- contacts of one instant come before the starts: they follow them
        min(contact_at) over (
            partition by customer_id, topic_code
            order by
                happened_at desc,
                case when contact_at is null then 1 else 0 end,
                {{ id_column }}
            rows between unbounded preceding and current row
        ) as next_contact_at

    from starts_and_contacts

),

next_contacts as (

    select
        {{ id_column }},
        next_contact_at

    from followed_starts

    where {{ id_column }} is not null

)
{%- endmacro %}
