{# The KPIs that a mart has in columns, read from its YAML: {code: {numerator, denominator, sample,
   columns}}. A ratio says in `config: meta: ratio:` what it is made of; a count or percentile is
   marked `measure: count` or `percentile` and is its own numerator, or the `sum_of` another column
   that is not rounded. `sample` tells how many cases stand behind the value:
   what `meta: sample:` names, else the denominator (of a count, the count), unless that is no
   number of cases but hours, points or money. -#}
{% macro kpi_formulas(mart, only=[], without=[]) -%}
    {%- set formulas = {} -%}
    {%- set columns = _mart_columns(mart) -%}
    {%- for column in columns.values()
        if (column.config.meta.ratio or column.config.meta.measure in ('count', 'percentile'))
        and (column.name in only if only else column.name not in without) -%}
        {%- set meta = column.config.meta -%}
        {%- set ratio = meta.ratio or {'numerator': meta.sum_of or column.name} -%}
        {%- set formula = {
            'numerator': ratio.numerator,
            'denominator': ratio.denominator,
            'sample': meta.sample or ratio.denominator or ratio.numerator,
        } -%}
        {%- for name in _names_in(formula.sample) if columns[name].data_type != 'bigint' -%}
            {%- do formula.update({'sample': none}) -%}
        {%- endfor -%}
        {%- do formula.update({'columns': _names_in(formula.values() | select | join(' '))}) -%}
        {%- do formulas.update({column.name: formula}) -%}
    {%- endfor -%}
    {{ return(formulas) }}
{%- endmacro %}

{# The columns of a mart as its YAML has them; the graph is complete only when models are run. -#}
{% macro _mart_columns(mart) -%}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ mart].columns if execute else {}) }}
{%- endmacro %}

{# The columns that a formula names. -#}
{% macro _names_in(formula) -%}
    {{ return(
        modules.re.findall('[a-z]\\w*', formula) | reject('equalto', 'abs') | unique | list
    ) }}
{%- endmacro %}
