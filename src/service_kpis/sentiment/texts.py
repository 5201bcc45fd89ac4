"""Scoring the texts of a warehouse: those of customers that nobody scored."""

from __future__ import annotations

from datetime import datetime

import pyarrow as pa

from service_kpis.forget.erase import ERASED
from service_kpis.load.sql import literal
from service_kpis.load.warehouse import ARRIVED_AT, Warehouse
from service_kpis.sentiment.lexicon import LANGUAGES, language_of, model_version, score

# stands in `_source_file` of what was scored here
SCORED_HERE = "service-kpis load --sentiment"
BATCH = 20_000


def score_new_texts(target: Warehouse, loaded_at: datetime) -> int:
    """Score messages and survey comments without a score; return how many were scored.

    A text that somebody else has scored is left to them. One that was scored here is scored again
    when its words or the model have changed since. Of persons who were forgotten there are no words
    left: their texts keep the score that they had. The scores become raw rows, as if they had been
    delivered; `scored_at` is the instant of the text, so that whoever scores it elsewhere is later
    and wins (Q117), and a score is never dated after the data.
    """
    connection = target.connection
    connection.execute("create or replace temp table _texts as " + _new_texts(target))
    scored = 0
    last = -1
    while True:
        rows = connection.execute(
            "select text_number, source_type, source_id, words, language, text_at from _texts"
            " where text_number > ? order by text_number limit ?",
            [last, BATCH],
        ).fetchall()
        if not rows:
            break
        last = rows[-1][0]
        scored += _keep(target, rows, loaded_at)
    connection.execute("drop table _texts")
    return scored


def _keep(target: Warehouse, rows: list[tuple], loaded_at: datetime) -> int:
    """Score a batch of texts and append the scores; return their number."""
    columns: dict[str, list] = {
        name: []
        for name in ("source_type", "source_id", "scored_at", "model_version", "label", "score")
    }
    for _, source_type, source_id, words, delivered_language, text_at in rows:
        language = language_of(delivered_language, words)
        if language is None:
            continue
        sentiment = score(words, language)
        values = (
            *(source_type, source_id, text_at),
            *(sentiment.model_version, sentiment.label, sentiment.score),
        )
        for column, value in zip(columns.values(), values, strict=True):
            column.append(value)
    _scores = pa.table(
        {
            name: pa.array(
                values,
                {"scored_at": pa.timestamp("us", "UTC"), "score": pa.float64()}.get(
                    name, pa.string()
                ),
            )
            for name, values in columns.items()
        }
    )
    stamp = f"cast({literal(loaded_at.isoformat())} as timestamptz)"
    target.connection.register("_scores", _scores)
    target.connection.execute(
        f"insert into {target.relation('text_sentiments')} ({', '.join(columns)}, _loaded_at,"
        f" _source_file, {ARRIVED_AT}) select {', '.join(columns)}, {stamp},"
        f" {literal(SCORED_HERE)}, {stamp} from _scores"
    )
    target.connection.unregister("_scores")
    return _scores.num_rows


def _new_texts(target: Warehouse) -> str:
    """Return the query of the texts to score: the latest delivery of each, and its language.

    Of customers alone: what employees say in surveys is never tied to a text (G13).
    """
    current = ", ".join(literal(model_version(language)) for language in LANGUAGES)
    tickets, customers = target.relation("tickets"), target.relation("customers")
    return f"""
        with

        delivered as (

            select
                'message' as source_type,
                message_id as source_id,
                message_text as words,
                ticket_id,
                cast(null as varchar) as customer_id,
                sent_at as text_at,
                lower(trim(author_type)) = 'customer'
                and not coalesce(is_automated, false) as is_of_customer,
                _loaded_at,
                {ARRIVED_AT}

            from {target.relation("messages")}

            where message_text is not null

            union all

            select
                'survey_comment',
                responses.response_id,
                responses.answer_text,
                coalesce(responses.ticket_id, invitations.ticket_id),
                coalesce(responses.customer_id, invitations.customer_id),
                responses.answered_at,
                coalesce(lower(trim(responses.audience)), 'customer') != 'employee'
                and coalesce(invitations.audience, 'customer') != 'employee'
                and responses.employee_id is null
                and coalesce(lower(trim(responses.question_code)), '') not like 'esat%',
                responses._loaded_at,
                responses.{ARRIVED_AT}

            from {target.relation("survey_responses")} as responses

            left join (
                select
                    invitation_id,
                    any_value(ticket_id) as ticket_id,
                    any_value(customer_id) as customer_id,
                    max(lower(trim(audience))) as audience

                from {target.relation("survey_invitations")}

                group by invitation_id
            ) as invitations
                on responses.invitation_id = invitations.invitation_id

            where responses.answer_text is not null

        ),

        scored as (

            select
                lower(trim(source_type)) as source_type,
                trim(source_id) as source_id,
                bool_or(_source_file is distinct from {literal(SCORED_HERE)})
                    as is_scored_elsewhere,
                max({ARRIVED_AT}) filter (where model_version in ({current})) as scored_until

            from {target.relation("text_sentiments")}

            where source_id is not null

            group by all

        ),

        texts as (

            -- of a response with several comments the longest words say most
            select
                source_type,
                trim(source_id) as source_id,
                arg_max(words, (_loaded_at, length(words), words)) as words,
                arg_max(ticket_id, (_loaded_at, length(words), words)) as ticket_id,
                arg_max(customer_id, (_loaded_at, length(words), words)) as customer_id,
                max(text_at) as text_at,
                bool_and(is_of_customer) as is_of_customer,
                max({ARRIVED_AT}) as arrived_until

            from delivered

            where
                nullif(trim(words), '') is not null
                and words != {literal(ERASED)}
                and nullif(trim(source_id), '') is not null

            group by all

        ),

        languages_of_tickets as (

            select ticket_id, arg_max(language, _loaded_at) as language
            from {tickets} where language is not null group by ticket_id

        ),

        languages_of_customers as (

            select customer_id, arg_max(language, _loaded_at) as language
            from {customers} where language is not null group by customer_id

        )

        select
            row_number() over () as text_number,
            texts.source_type,
            texts.source_id,
            texts.words,
            coalesce(languages_of_tickets.language, languages_of_customers.language) as language,
            texts.text_at

        from texts

        left join scored using (source_type, source_id)

        left join languages_of_tickets
            on texts.ticket_id = languages_of_tickets.ticket_id

        left join languages_of_customers
            on texts.customer_id = languages_of_customers.customer_id

        where
            texts.is_of_customer
            and texts.text_at is not null
            and not coalesce(scored.is_scored_elsewhere, false)
            and (scored.scored_until is null or scored.scored_until < texts.arrived_until)
    """
