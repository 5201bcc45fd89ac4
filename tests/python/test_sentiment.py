"""Sentiment of texts that came without a score: the words, and what the load does with them."""

from __future__ import annotations

import time
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner, Result

from service_kpis.cli import main
from service_kpis.sentiment import lexicon, texts

USAGE = 2
POSITIVE, NEUTRAL, NEGATIVE = "positive", "neutral", "negative"


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        ("fr", "Je suis très content, merci beaucoup, service excellent", POSITIVE),
        ("fr", "Le conseiller était rapide et professionnel.", POSITIVE),
        ("fr", "Ce n'est pas bon du tout", NEGATIVE),
        ("fr", "Je ne suis pas satisfaite de votre réponse", NEGATIVE),
        # the negation stands behind the word
        ("fr", "Je ne recommande pas ce produit", NEGATIVE),
        ("fr", "L’appareil ne fonctionne plus", NEGATIVE),
        # more, not no more
        ("fr", "C'est plus rapide qu'avant, bravo", POSITIVE),
        ("fr", "Rien à redire, parfait !", POSITIVE),
        ("fr", "J'attends depuis trois semaines, c'est inadmissible", NEGATIVE),
        # politeness says nothing
        (
            "fr",
            "Cher Monsieur, merci de m'envoyer ma facture. Merci d'avance, cordialement",
            NEUTRAL,
        ),
        ("en", "I am very happy, thank you so much", POSITIVE),
        ("en", "The advisor was fast and professional", POSITIVE),
        ("en", "I am not satisfied with your service", NEGATIVE),
        ("en", "The device does not work anymore", NEGATIVE),
        ("en", "This is unacceptable, shame on you", NEGATIVE),
        ("en", "Dear Sir, I would like to change my address. Kind regards", NEUTRAL),
        ("en", "", NEUTRAL),
        ("fr", "📦 12345 ???", NEUTRAL),
    ],
)
def test_what_people_write_to_a_service_centre(language: str, text: str, label: str):
    found = lexicon.score(text, language)

    assert found.label == label, found.score
    assert -1 <= found.score <= 1
    assert found.model_version.startswith(f"vader-{language}-")


def test_capitals_and_exclamation_marks_make_it_stronger():
    assert lexicon.score("Service NUL !!!", "fr").score < lexicon.score("Service nul", "fr").score


@pytest.mark.parametrize(
    ("delivered", "text", "language"),
    [
        ("fr-FR", "Hello and thanks for this", "fr"),
        ("EN", "Bonjour", "en"),
        ("de", "Guten Tag", None),
        (None, "My order is late and I have not been told", "en"),
        (" ", "Ma commande est en retard et je n'ai pas de nouvelles", "fr"),
        (None, "12345", "fr"),
    ],
)
def test_language_is_the_delivered_one_else_guessed(delivered, text, language):
    assert lexicon.language_of(delivered, text) == language


def test_a_long_text_takes_no_longer_than_its_first_pages():
    started = time.monotonic()
    lexicon.score("pas très content " * 1_000_000, "fr")
    assert time.monotonic() - started < 1


class Site:
    def __init__(self, folder: Path) -> None:
        self.landing = folder / "landing"
        self.landing.mkdir()
        self.warehouse = folder / "kpis.duckdb"

    def put(self, name: str, content: str) -> None:
        (self.landing / f"{name}.csv").write_text(content, encoding="utf-8")

    def load(self, *options: str) -> Result:
        return CliRunner().invoke(
            main, ["load", str(self.landing), "--warehouse", str(self.warehouse), *options]
        )

    def scores(self) -> dict[tuple[str, str], tuple]:
        """The scores by text; the last row of each."""
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            rows = connection.execute(
                "select source_type, source_id, label, model_version,"
                " strftime(scored_at, '%Y-%m-%d %H') from raw.text_sentiments order by _loaded_at"
            ).fetchall()
        return {(row[0], row[1]): row[2:] for row in rows}

    def rows(self, table: str) -> list[tuple]:
        with duckdb.connect(self.warehouse, read_only=True) as connection:
            return connection.execute(f"from raw.{table}").fetchall()

    def count(self) -> int:
        return len(self.rows("text_sentiments"))


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    for name in ("SERVICE_KPIS_WAREHOUSE", "SERVICE_KPIS_TEMP", "SERVICE_KPIS_SENTIMENT"):
        monkeypatch.delenv(name, raising=False)
    one = Site(tmp_path)
    one.put("tickets", "ticket_id,language\nt_fr,fr\nt_en,en\nt_de,de\n")
    one.put(
        "messages",
        "message_id,ticket_id,sent_at,author_type,is_automated,message_text\n"
        "m_fr,t_fr,2026-04-01 10:00:00Z,customer,,Je suis très déçu\n"
        "m_en,t_en,2026-04-01 10:00:00Z,Customer,false,I am very happy\n"
        "m_guess,,2026-04-01 10:00:00Z,customer,,Where is my order and why is it late\n"
        "m_de,t_de,2026-04-01 10:00:00Z,customer,,Ich bin sehr zufrieden\n"
        "m_agent,t_fr,2026-04-01 10:00:00Z,agent,,Merci beaucoup\n"
        "m_auto,t_fr,2026-04-01 10:00:00Z,customer,true,Merci beaucoup\n"
        "m_silent,t_fr,2026-04-01 10:00:00Z,customer,,\n"
        "m_vendor,t_fr,2026-04-01 10:00:00Z,customer,,Merci beaucoup\n",
    )
    one.put(
        "survey_invitations",
        "invitation_id,audience,ticket_id\ni_customer,customer,t_en\ni_employee,employee,\n",
    )
    one.put(
        "survey_responses",
        "response_id,question_code,invitation_id,audience,answered_at,answer_text\n"
        "r_en,comment,i_customer,,2026-04-02 12:00:00Z,Great service\n"
        "r_en,csat_overall,i_customer,,2026-04-02 12:00:00Z,\n"
        "r_employee,comment,i_employee,,2026-04-02 12:00:00Z,I am very happy\n"
        "r_staff,comment,,employee,2026-04-02 12:00:00Z,I am very happy\n",
    )
    one.put(
        "text_sentiments",
        "source_type,source_id,model_version,scored_at,label,score\n"
        "message,m_vendor,v7,2026-04-03 10:00:00Z,neutral,0\n",
    )
    return one


def test_texts_of_customers_without_a_score_are_scored(site: Site):
    done = site.load("--sentiment")

    assert done.exit_code == 0, done.output
    assert "texts scored: 4" in done.output
    fr, en = lexicon.model_version("fr"), lexicon.model_version("en")
    assert site.scores() == {
        ("message", "m_fr"): (NEGATIVE, fr, "2026-04-01 10"),
        ("message", "m_en"): (POSITIVE, en, "2026-04-01 10"),
        ("message", "m_guess"): (NEUTRAL, en, "2026-04-01 10"),
        ("message", "m_vendor"): (NEUTRAL, "v7", "2026-04-03 10"),
        ("survey_comment", "r_en"): (POSITIVE, en, "2026-04-02 12"),
    }


def test_only_new_and_changed_texts_are_scored_again(site: Site, monkeypatch: pytest.MonkeyPatch):
    site.load("--sentiment")
    again = site.load("--sentiment")
    assert "texts scored: 0" in again.output

    site.put(
        "messages",
        "message_id,ticket_id,sent_at,author_type,message_text\n"
        "m_fr,t_fr,2026-04-01 10:00:00Z,customer,Finalement je suis ravi\n"
        "m_new,t_fr,2026-04-05 10:00:00Z,customer,Bonjour\n",
    )
    changed = site.load("--sentiment")

    assert "texts scored: 2" in changed.output
    assert site.scores()["message", "m_fr"][0] == POSITIVE

    # other rules, another model: everything that was scored here is
    monkeypatch.setattr(texts, "model_version", lambda language: f"other-{language}")
    assert "texts scored: 5" in site.load("--sentiment").output


def test_without_the_option_nothing_is_scored(site: Site):
    done = site.load()

    assert done.exit_code == 0
    assert "texts scored" not in done.output
    assert site.count() == 1


def test_without_the_packages_the_option_says_how_to_install_them(
    site: Site, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(lexicon, "find_spec", lambda name: None)

    done = site.load("--sentiment")

    assert done.exit_code == USAGE
    assert "requirements/text.txt" in done.output
    assert not site.warehouse.exists()


def test_the_environment_can_ask_for_it(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SERVICE_KPIS_SENTIMENT", "1")
    assert "texts scored: 4" in site.load().output


def test_batches_lose_nothing(site: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(texts, "BATCH", 2)
    rows = "".join(f"n{n},,2026-04-01,customer,Merci beaucoup\n" for n in range(7))
    site.put("messages", f"message_id,ticket_id,sent_at,author_type,message_text\n{rows}")
    assert "texts scored: 8" in site.load("--sentiment").output


def test_who_was_forgotten_leaves_scores_and_no_words(site: Site, monkeypatch: pytest.MonkeyPatch):
    """What was counted stays counted; the mark in place of the words is no text to be scored."""
    site.put("customers", "customer_id\nc_gone\nc_stays\n")
    site.put("tickets", "ticket_id,customer_id,language\nt_fr,c_gone,fr\nt_en,c_stays,en\n")
    site.put("transcripts", "transcript_id,ticket_id,transcript_text\nx,t_fr,Je veux résilier\n")
    site.put(
        "transcript_keywords",
        "transcript_id,keyword_code,speaker,occurrences\nx,cancel,customer,1\n",
    )
    site.load("--sentiment")
    scores, keywords = site.scores(), site.rows("transcript_keywords")
    assert scores["message", "m_fr"][0] == NEGATIVE and len(keywords) == 1

    forget = ["forget", "--customer", "c_gone", "--warehouse", str(site.warehouse)]
    done = CliRunner().invoke(main, forget)

    assert done.exit_code == 0, done.output
    assert (site.scores(), site.rows("transcript_keywords")) == (scores, keywords)
    for words in ("déçu", "résilier"):
        assert words.encode() not in site.warehouse.read_bytes()

    # delivered again with a late message, and to be scored by another model
    monkeypatch.setattr(texts, "model_version", lambda language: f"other-{language}")
    site.put(
        "messages",
        "message_id,ticket_id,sent_at,author_type,message_text\n"
        "m_fr,t_fr,2026-04-01 10:00:00Z,customer,Je suis très déçu\n"
        "m_late,t_fr,2026-04-05 10:00:00Z,customer,Je suis ravi\n"
        "m_en,t_en,2026-04-01 10:00:00Z,customer,I am not happy\n",
    )
    site.load("--sentiment")

    assert site.scores()["message", "m_en"][0] == NEGATIVE
    assert site.scores()["message", "m_fr"] == scores["message", "m_fr"]
    assert ("message", "m_late") not in site.scores()
