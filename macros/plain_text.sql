{# A text in lower case without accents and ligatures: words compare as people read them. -#}
{% macro plain_text(text) -%}
    {{ return(adapter.dispatch('plain_text', 'service_kpis')(text)) }}
{%- endmacro %}

{% macro default__plain_text(text) -%}
    replace(replace(translate(
        lower({{ text }}), 'àâäáãåçéèêëíìîïñóòôöõúùûüýÿ', 'aaaaaaceeeeiiiinooooouuuuyy'
    ), 'œ', 'oe'), 'æ', 'ae')
{%- endmacro %}

{# also of accents that are characters of their own -#}
{% macro duckdb__plain_text(text) -%}
    replace(replace(strip_accents(lower({{ text }})), 'œ', 'oe'), 'æ', 'ae')
{%- endmacro %}
