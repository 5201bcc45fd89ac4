{# The parts are the whole in every row: no case is lost, none is counted twice. -#}
{% test adds_up(model, parts, total) %}

select
    {{ parts | join(', ') }},
    {{ total }}

from {{ model }}

where ({{ parts | join(' + ') }}) != {{ total }}
    or ({{ parts | join(' + ') }}) is null != ({{ total }} is null)

{% endtest %}
