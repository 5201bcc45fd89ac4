{# Each delivered ticket with the attributes of the one that survives it: what was said on a merged
   ticket was said on that one (E05). A query; `tickets` is a relation or CTE like fct_tickets. -#}
{% macro surviving_tickets(tickets) -%}
    select
        delivered.ticket_id as delivered_ticket_id,
        survivors.ticket_id,
        survivors.customer_id,
        survivors.team_id,
        survivors.channel,
        survivors.topic_code,
        survivors.product_code,
        survivors.language,
        -- merged into a ticket that was never delivered: counts nowhere
        coalesce(survivors.is_valid, false) as is_valid

    from {{ tickets }} as delivered

    left join {{ tickets }} as survivors
        on delivered.survivor_ticket_id = survivors.ticket_id
{%- endmacro %}
