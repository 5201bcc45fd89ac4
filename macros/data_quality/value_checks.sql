{# What can be wrong with the values of a raw row, from its source YAML: a list of dicts with the
   column, the reason code, the condition on the columns as delivered, and as `suspect` a wider
   condition that is cheap to ask of every row. -#}
{% macro _value_checks(node, found) -%}
    {%- set checks = [] -%}
    {%- set key = node.config.meta.key -%}
    {%- for column in node.columns.values()
        if column.name in found and column.name not in ('_loaded_at', '_source_file') -%}
        {%- set meta = column.config.meta -%}
        {%- set value = raw_value(column, found) -%}
        {%- set raw = adapter.quote(found[column.name].name) -%}
        {%- set found_type = found[column.name].dtype | lower -%}
        {%- set is_text = 'char' in found_type or found_type in ('text', 'string') -%}
        {%- if column.data_type == 'varchar' -%}
            {%- set codes = "('" ~ (meta.accepted_values | join("', '")) ~ "')"
                if meta.get('accepted_values') -%}
            {#- a code that is right as it stands is neither untrimmed nor in capitals -#}
            {%- set suspect = raw ~ ' not in ' ~ codes if codes and is_text -%}
            {%- if is_text and not meta.get('pii') -%}
                {%- do _add(checks, column, 'untrimmed_code',
                            raw ~ " != trim(" ~ raw ~ ") and trim(" ~ raw ~ ") != ''",
                            suspect or _has_outer_spaces(raw)) -%}
            {%- endif -%}
            {%- set letter_case = _letter_case(meta) -%}
            {%- if letter_case -%}
                {%- do _add(checks, column, 'case_code',
                            value ~ ' != ' ~ letter_case ~ '(' ~ value ~ ')',
                            suspect or (raw ~ ' != ' ~ letter_case ~ '(' ~ raw ~ ')'
                                        if is_text)) -%}
            {%- endif -%}
            {%- if codes -%}
                {%- do _add(checks, column, 'invalid_code',
                            'lower(' ~ value ~ ') not in ' ~ codes, suspect) -%}
            {%- endif -%}
            {%- if meta.get('references') -%}
                {%- do _add_reference(checks, node, found, column) -%}
            {%- endif -%}
        {%- else -%}
            {%- if is_text and column.name not in key -%}
                {%- do _add(checks, column, 'unreadable_value',
                            "trim(" ~ raw ~ ") != '' and " ~ value ~ " is null") -%}
            {%- endif -%}
            {%- do _add_bounds(checks, column, value) -%}
        {%- endif -%}
        {%- if meta.get('not_before') -%}
            {%- do _add_order(checks, node, found, column) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do _add_dates(checks, node, found) -%}
    {{ return(checks) }}
{%- endmacro %}

{% macro _add(checks, column, reason, condition, suspect=none) -%}
    {%- do checks.append({
        'column': column.name,
        'reason': reason,
        'condition': '(' ~ condition ~ ')',
        'suspect': '(' ~ (suspect or condition) ~ ')',
    }) -%}
{%- endmacro %}

{# What trim() would change, at a fraction of its cost. -#}
{% macro _has_outer_spaces(raw) -%}
    {%- set conditions = [] -%}
    {%- for pattern in [' %', '% ', '\u00a0%', '%\u00a0'] -%}
        {%- do conditions.append(raw ~ " like '" ~ pattern ~ "'") -%}
    {%- endfor -%}
    {{ return('(' ~ (conditions | join(' or ')) ~ ')') }}
{%- endmacro %}

{# The case that staging brings a code into. -#}
{% macro _letter_case(meta) -%}
    {%- if meta.get('letter_case') -%}
        {{ return(meta.letter_case) }}
    {%- endif -%}
    {{ return('lower' if meta.get('accepted_values') or meta.get('references') == 'cfg_channels') }}
{%- endmacro %}

{# A numeric column has the bounds that it says; durations are never negative. -#}
{% macro _add_bounds(checks, column, value) -%}
    {%- set meta = column.config.meta -%}
    {%- if column.name.endswith(('_seconds', '_hours', '_minutes')) and 'minimum' not in meta -%}
        {%- do _add(checks, column, 'negative_duration', value ~ ' < 0') -%}
    {%- endif -%}
    {%- set outside = [] -%}
    {%- if 'minimum' in meta -%}{%- do outside.append(value ~ ' < ' ~ meta.minimum) -%}{%- endif -%}
    {%- if 'maximum' in meta -%}{%- do outside.append(value ~ ' > ' ~ meta.maximum) -%}{%- endif -%}
    {%- if outside -%}
        {%- do _add(checks, column, 'value_out_of_range', outside | join(' or ')) -%}
    {%- endif -%}
{%- endmacro %}

{# An end that stands before its start: up to clock_skew_seconds it is skew, then it is wrong. -#}
{% macro _add_order(checks, node, found, column) -%}
    {%- set not_before = column.config.meta.not_before -%}
    {%- set rule = {'column': not_before} if not_before is string else not_before -%}
    {%- set start = raw_value(node.columns[rule.column], found) -%}
    {%- set end = raw_value(column, found) -%}
    {%- if rule.get('reason') -%}
        {%- do _add(checks, column, rule.reason, end ~ ' < ' ~ start) -%}
    {%- else -%}
        {%- set limit = -var('clock_skew_seconds') -%}
        {%- set seconds = elapsed_seconds(start, end) -%}
        {%- do _add(checks, column, 'end_before_start_small',
                    end ~ ' < ' ~ start ~ ' and ' ~ seconds ~ ' >= ' ~ limit,
                    end ~ ' < ' ~ start) -%}
        {%- do _add(checks, column, 'end_before_start_large', seconds ~ ' < ' ~ limit,
                    end ~ ' < ' ~ start) -%}
    {%- endif -%}
{%- endmacro %}

{# Rows about the time after as_of, and rows that came when their day had been reported: loaded
   later than late_row_days after it, though the table was loaded by then. -#}
{% macro _add_dates(checks, node, found) -%}
    {%- set dated_by = node.config.meta.get('dated_by') -%}
    {%- if dated_by in found -%}
        {%- set instant = raw_value(node.columns[dated_by], found) -%}
        {%- do _add(checks, node.columns[dated_by], 'after_as_of', instant ~ ' > ' ~ as_of()) -%}
        {%- set changed_by = node.config.meta.get('changed_by', dated_by) -%}
        {%- if '_loaded_at' in found and changed_by in found -%}
            {%- set reported_at = dbt.dateadd(
                'day', var('late_row_days'), raw_value(node.columns[changed_by], found)
            ) -%}
            {%- do _add(
                checks, node.columns[node.config.meta.key[0]], 'late_row',
                'dq_first_loaded_at > ' ~ reported_at ~ ' and ' ~ reported_at
                ~ ' >= dq_table_loaded_at'
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{# A value that names no row of the table or seed it refers to. Where nothing of that table was ever
   delivered, nothing can be said. -#}
{% macro _add_reference(checks, node, found, column) -%}
    {%- set target = reference_target(column) -%}
    {%- if _has_known_ids(target) -%}
        {%- set raw = adapter.quote(found[column.name].name) -%}
        {%- set value = raw_value(column, found) -%}
        {%- set found_type = found[column.name].dtype | lower -%}
        {%- if 'char' in found_type or found_type in ('text', 'string') -%}
            {#- trimmed where there is something to trim -#}
            {%- set value = 'case when ' ~ _has_outer_spaces(raw) ~ ' then ' ~ value ~ ' else '
                ~ raw ~ ' end' -%}
        {%- endif -%}
        {%- if _letter_case(column.config.meta) and target == 'cfg_channels' -%}
            {%- set value = 'lower(' ~ value ~ ')' -%}
        {%- endif -%}
        {%- set conditions = [] -%}
        {%- set rule = column.config.meta.references -%}
        {%- if rule is not string -%}
            {%- for other, wanted in rule.get('where', {}).items() -%}
                {%- do conditions.append(
                    'lower(' ~ raw_value(node.columns[other], found) ~ ") = '" ~ wanted ~ "'"
                ) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- do conditions.append(raw_value(column, found) ~ ' is not null') -%}
        {%- set flag = 'dq_unknown_' ~ column.name -%}
        {%- do conditions.append(flag) -%}
        {%- do _add(checks, column, reference_reason(column), conditions | join(' and ')) -%}
        {%- do checks[-1].update({
            'flag': flag,
            'target': target,
            'flag_condition': value ~ ' not in (select known.known_id from known_' ~ target
                ~ ' as known)',
        }) -%}
    {%- endif -%}
{%- endmacro %}
