{# The words of a plain text (plain_text), each with a space of its own on both sides, so that
   phrases are found as whole words and one find leaves the next its spaces. -#}
{% macro spaced_words(text) -%}
    ' ' || trim({{ replace_pattern(text, '[^a-z0-9]+', '  ') }}) || ' '
{%- endmacro %}
