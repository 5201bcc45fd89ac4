{# Of several deliveries of one key the latest: `_loaded_at`, then the row's own update instant
   where it has one, then the file name (Q09). Rows without a key are no rows of the entity; the
   data-quality models list them. `rows_cte` is the CTE to read. -#}
{% macro latest_delivery(rows_cte, key, updated_at=none) -%}
    select ranked.*

    from (
        select
            {{ rows_cte }}.*,
            row_number() over (
                partition by {{ key | join(', ') }}
                order by
                    _loaded_at desc nulls last,
                    {% if updated_at -%} {{ updated_at }} desc nulls last, {%- endif %}
                    _source_file desc nulls last
            ) as delivery_rank

        from {{ rows_cte }}

        where
            {% for column in key -%}
            {{ column }} is not null {{ 'and' if not loop.last }}
            {% endfor %}
    ) as ranked

    where ranked.delivery_rank = 1
{%- endmacro %}
