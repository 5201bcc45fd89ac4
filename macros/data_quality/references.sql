{# The raw table or seed that a column of the source YAML refers to; none when to no other. -#}
{% macro reference_target(column) -%}
    {%- set rule = column.config.meta.get('references') -%}
    {{ return(rule if rule is none or rule is string else rule.to) }}
{%- endmacro %}

{# The reason code of a reference that leads nowhere. -#}
{% macro reference_reason(column) -%}
    {%- set rule = column.config.meta.references -%}
    {%- if rule is not string and rule.get('reason') -%}
        {{ return(rule.reason) }}
    {%- endif -%}
    {{ return({
        'agents': 'unknown_agent', 'teams': 'unknown_team', 'customers': 'unknown_customer',
        'cfg_channels': 'unknown_channel', 'cfg_queues': 'unknown_queue',
        'cfg_topics': 'unknown_topic', 'tickets': 'orphan_ticket', 'calls': 'orphan_call',
        'survey_invitations': 'orphan_invitation',
    }.get(reference_target(column), 'orphan_reference')) }}
{%- endmacro %}

{# The raw tables, as (node, column), in which the ids of a reference are known: who has an
   assignment is an agent too. -#}
{% macro reference_tables(target) -%}
    {%- set tables = [] -%}
    {%- for node in raw_sources() -%}
        {%- if node.name == target -%}
            {%- do tables.append((node, node.config.meta.key[0])) -%}
        {%- elif target == 'agents' and node.name == 'agent_assignments' -%}
            {%- do tables.append((node, 'agent_id')) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(tables) }}
{%- endmacro %}

{# Tells whether anything was ever delivered of what a column refers to; seeds always are. -#}
{% macro _has_known_ids(target) -%}
    {%- if target.startswith('cfg_') -%}
        {{ return(true) }}
    {%- endif -%}
    {%- for node, _ in reference_tables(target) -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.identifier) -%}
        {%- if relation is not none and has_rows(relation) -%}
            {{ return(true) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}

{# The references that the checks of these tables need. -#}
{% macro _reference_targets(tables) -%}
    {%- set targets = [] -%}
    {%- for table in tables -%}
        {%- for check in table.checks if check.target and check.target not in targets -%}
            {%- do targets.append(check.target) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(targets) }}
{%- endmacro %}

{# Query of the ids of a reference, in known_id. Keys never vanish from raw tables without a full
   run, so what is known stays known. -#}
{% macro _known_ids(target, seeds) -%}
    {%- if target in seeds -%}
    {%- set id_columns = {
        'cfg_channels': 'channel', 'cfg_keywords': 'keyword_code', 'cfg_queues': 'queue_id',
        'cfg_topics': 'topic_code',
    } -%}
    select {{ id_columns[target] }} as known_id

    from {{ seeds[target] }}
    {%- else -%}
    {%- set selects = [] -%}
    {%- for node, column in reference_tables(target) -%}
        {%- set relation = adapter.get_relation(node.database, node.schema, node.identifier) -%}
        {%- if relation is not none -%}
            {%- set value = raw_value(node.columns[column], raw_columns(node, relation)) -%}
            {%- do selects.append(
                'select ' ~ value ~ ' as known_id\n\n    from ' ~ relation
                ~ '\n\n    where ' ~ value ~ ' is not null'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ selects | join('\n\n    union all\n\n    ') }}
    {%- endif -%}
{%- endmacro %}
