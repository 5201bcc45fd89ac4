-- Grain: one row per raw table.
-- Each number is counted where it stands, none is what is left of the others: the test
-- assert_every_raw_row_is_accounted_for adds them up.
{% set staged = {} -%}
{% for table, model in staged_tables().items() -%}
    {% do staged.update({table: ref(model)}) -%}
{% endfor -%}

with

counted as (

    {% for table in raw_tables() -%}
        {% set nothing = 'cast(0 as bigint)' -%}
        {% set delivered = '(select count(*) from ' ~ table.relation ~ ')' -%}
        {% if table.node.name in staged -%}
            {% set accepted = '(select count(*) from ' ~ staged[table.node.name] ~ ')' -%}
        {% elif table.relation is none -%}
            {% set accepted = nothing -%}
        {% else -%}
            {% set accepted -%}
                (
                    select count(distinct {{ raw_row_key(table.node, table.found) }})
                    from {{ table.relation }}
                    where {{ has_raw_key(table.node, table.found) }}
                )
            {%- endset %}
        {% endif -%}
        select
            '{{ table.node.source_name }}' as source_name,
            '{{ table.node.name }}' as raw_table,
            {{ delivered if table.relation is not none else nothing }} as delivered_row_count,
            {{ accepted }} as accepted_row_count,
            {{ table.is_delivered }} as is_delivered

        union all

    {% endfor -%}
    select
        '' as source_name,
        '' as raw_table,
        cast(0 as bigint) as delivered_row_count,
        cast(0 as bigint) as accepted_row_count,
        false as is_delivered

    where 1 = 0

),

findings as (

    select
        raw_table,
        count(case when outcome = 'superseded' then 1 end) as superseded_row_count,
        count(case when outcome = 'rejected' then 1 end) as rejected_row_count,
        count(*) as finding_count

    from {{ ref('dq_findings') }}

    group by raw_table

),

final as (

    select
        ---------- strings
        counted.source_name,
        counted.raw_table,

        ---------- numerics
        counted.delivered_row_count,
        counted.accepted_row_count,
        coalesce(findings.superseded_row_count, 0) as superseded_row_count,
        coalesce(findings.rejected_row_count, 0) as rejected_row_count,
        coalesce(findings.finding_count, 0) as finding_count,

        ---------- booleans
        counted.is_delivered

    from counted

    left join findings
        on counted.raw_table = findings.raw_table

)

select * from final
