{# Stops a run whose vars cannot be meant, before it starts, with one line per wrong var. An
   impossible value would otherwise end as an odd engine error, or a wrong number nobody sees. -#}
{% macro validate_vars() -%}
    {%- if execute -%}
        {%- set wrong = [] -%}
        {%- do wrong.extend(_unknown_vars()) -%}
        {%- do wrong.extend(_wrong_numbers()) -%}
        {%- do wrong.extend(_wrong_dates()) -%}
        {%- if var('reporting_timezone') not in modules.pytz.all_timezones -%}
            {%- do wrong.append(_wrong_var('reporting_timezone',
                                           'is no time zone; write for example Europe/Paris')) -%}
        {%- endif -%}
        {%- if var('reporting_currency') not in _currency_codes() -%}
            {%- do wrong.append(_wrong_var('reporting_currency',
                                           'is no currency (ISO 4217); write for example EUR')) -%}
        {%- endif -%}
        {%- for name in ['reporting_calendar_id', 'raw_schema'] -%}
            {%- if var(name) is not string or not var(name) | trim -%}
                {%- do wrong.append(_wrong_var(name, 'is no name')) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if wrong -%}
            {%- do exceptions.raise_compiler_error(wrong | join('\n')) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro _wrong_var(name, what) -%}
    {%- set given = given_as_of() if name == 'as_of' else var(name) -%}
    {%- do return("var " ~ name ~ ": '" ~ given ~ "' " ~ what) -%}
{%- endmacro %}

{# Numbers, by kind. Whole ones with the least that is allowed. -#}
{% macro _number_vars() -%}
    {{ return({
        'whole': {
            'clock_skew_seconds': 0, 'restatement_days': 0, 'service_level_seconds': 0,
            'service_level_alt_seconds': 0, 'short_abandon_seconds': 0, 'acw_cap_seconds': 0,
            'standard_handle_seconds': 1,
            'chaser_gap_seconds': 0, 'fcr_repeat_window_days': 1, 'reopen_window_days': 1,
            'soft_reopen_hours': 0, 'survey_max_age_days': 1, 'small_sample_n': 0,
            'small_sample_agent_n': 0, 'esat_min_answers': 1, 'rehire_gap_days': 0,
            'selfcare_followup_hours': 0, 'bot_silence_hours': 0, 'selfcare_adoption_days': 1,
            'churn_grace_days': 0, 'inactivity_churn_days': 1, 'new_customer_days': 1,
            'save_confirmation_days': 1, 'customer_contact_days': 1,
            'cancellation_fold_days': 0, 'sale_reversal_days': 0, 'forecast_lock_hours': 0,
            'qa_min_reviews': 1,
            'run_history_days': 1, 'freshness_warn_hours': 1, 'freshness_error_hours': 1,
            'volume_check_days': 1, 'volume_check_weeks': 1, 'volume_min_rows': 0,
            'late_row_days': 0, 'dq_threshold_min_rows': 0, 'chat_concurrency': 1,
            'full_time_weekly_hours': 1,
        },
        'may_be_null': ['freshness_warn_hours', 'freshness_error_hours'],
        'share': [
            'qa_required_level',
            'forecast_tolerance', 'shrinkage', 'max_occupancy', 'service_level_target',
            'dq_rejected_warn_share', 'dq_rejected_error_share',
        ],
        'positive': [
            'calibration_tolerance_points', 'understaffing_tolerance', 'volume_warn_ratio_low',
            'volume_warn_ratio_high', 'dq_findings_warn_share', 'dq_findings_error_share',
        ],
    }) }}
{%- endmacro %}

{% macro _wrong_numbers() -%}
    {%- set wrong = [] -%}
    {%- set numbers = _number_vars() -%}
    {%- for name, least in numbers.whole.items()
        if not (name in numbers.may_be_null and var(name) is none) -%}
        {%- if var(name) is not integer or var(name) < least -%}
            {%- do wrong.append(_wrong_var(name, 'is no whole number of ' ~ least ~ ' or more')) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in numbers.share -%}
        {%- if var(name) is boolean or var(name) is not number or not 0 <= var(name) <= 1 -%}
            {%- do wrong.append(_wrong_var(name, 'is no share between 0 and 1')) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in numbers.positive -%}
        {%- if var(name) is boolean or var(name) is not number or var(name) < 0 -%}
            {%- do wrong.append(_wrong_var(name, 'is no number of 0 or more')) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do return(wrong) -%}
{%- endmacro %}

{# Names given by --vars that nothing reads: dbt would take the default without a word. A var of a
   package belongs into dbt_project.yml, where it says whose it is. -#}
{% macro _unknown_vars() -%}
    {%- set numbers = _number_vars() -%}
    {%- set known = (numbers.whole | list) + numbers.share + numbers.positive + [
        'as_of', 'reporting_timezone', 'reporting_currency', 'reporting_calendar_id', 'raw_schema',
        'calendar_start_date', 'calendar_end_date',
    ] -%}
    {%- for node in raw_sources() -%}
        {%- do known.extend([
            node.source_name ~ '_schema', node.source_name ~ '_database',
            node.source_name ~ '_' ~ node.name ~ '_identifier',
        ]) -%}
    {%- endfor -%}
    {%- set wrong = [] -%}
    {%- for name in invocation_args_dict.get('vars') or {} if name not in known -%}
        {%- do wrong.append('var ' ~ name ~ ': no var has this name; see dbt_project.yml') -%}
    {%- endfor -%}
    {%- do return(wrong) -%}
{%- endmacro %}

{% macro _wrong_dates() -%}
    {%- set wrong = [] -%}
    {%- set date_form = '^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])' -%}
    {%- set time_form = '([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$' -%}
    {%- for name in ['calendar_start_date', 'calendar_end_date'] -%}
        {%- if modules.re.match(date_form ~ '$', var(name) | string) is none -%}
            {%- do wrong.append(_wrong_var(name, 'is no date; write for example 2026-07-01')) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not wrong
        and var('calendar_start_date') | string >= var('calendar_end_date') | string -%}
        {%- do wrong.append(_wrong_var('calendar_end_date', 'is not after calendar_start_date')) -%}
    {%- endif -%}
    {%- if given_as_of() -%}
        {%- set as_of = given_as_of() | string -%}
        {#- a day more than the clock says, for clocks and time zones that differ -#}
        {%- set latest = (run_started_at + modules.datetime.timedelta(days=1)).isoformat() -%}
        {%- if modules.re.match(date_form ~ time_form, as_of) is none -%}
            {%- do wrong.append(_wrong_var(
                'as_of', "is no instant; write for example '2026-07-01 00:00:00'"
            )) -%}
        {%- elif as_of | replace(' ', 'T') > latest -%}
            {%- do wrong.append(_wrong_var('as_of', 'is in the future')) -%}
        {%- endif -%}
    {%- endif -%}
    {%- do return(wrong) -%}
{%- endmacro %}

{% macro _currency_codes() -%}
    {%- do return((
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP "
        ~ "BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD "
        ~ "FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD "
        ~ "JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK "
        ~ "MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR "
        ~ "PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL "
        ~ "THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG "
        ~ "XOF XPF YER ZAR ZMW ZWG"
    ).split()) -%}
{%- endmacro %}
