{# A number that two rows share only if they are equal, by these columns: 64 bits that look random. -#}
{% macro row_hash(columns) -%}
    {{ return(adapter.dispatch('row_hash', 'service_kpis')(columns)) }}
{%- endmacro %}

{% macro default__row_hash(columns) -%}
    cast(hashtextextended(cast(row({{ columns }}) as text), 0) as numeric)
{%- endmacro %}

{% macro duckdb__row_hash(columns) -%}
    cast(hash({{ columns }}) as hugeint)
{%- endmacro %}

{% macro spark__row_hash(columns) -%}
    cast(xxhash64({{ columns }}) as decimal(38, 0))
{%- endmacro %}
