"""The sentiment of a French or English text, by a lexicon and the rules of VADER.

The rules are NLTK's, which are kept up; the words come from the package vaderSentiment-fr, whose
lexicon files are read and whose code is never imported. What is ours: how French negates, which
words say something else in a service centre, and that greetings and formulas of politeness say
nothing. Everything is local: no model, no download.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

import click

LEXICON_PACKAGE = "vaderSentiment_fr"
# Part of the model version: raise it with every change of a rule or word below.
RULES = 1
LANGUAGES = ("en", "fr")
# As the authors of VADER advise: between them a text is neutral.
POSITIVE_FROM = 0.05
NEGATIVE_FROM = -0.05
# The mood of a text is in its first pages; the rest is a log or the mail it answers.
MAX_LENGTH = 4_000

# word -> valence from -4 to 4, where the lexicon has none or means another use of the word
OWN_WORDS = {
    "fr": {
        **dict.fromkeys(("rapide", "rapides", "rapidement", "réactif", "réactive"), 1.6),
        **dict.fromkeys(("professionnel", "professionnelle", "professionnels"), 1.6),
        **dict.fromkeys(("content", "contents", "ravi", "ravie", "impeccable"), 2.4),
        **dict.fromkeys(("lent", "lente", "lents", "lentement", "interminable"), -1.6),
        **dict.fromkeys(("panne", "bug", "bugs", "défectueux", "défectueuse"), -1.6),
        **dict.fromkeys(("inacceptable", "scandaleux", "scandaleuse"), -2.4),
        **dict.fromkeys(("déçu", "déçue", "déçus", "déçues"), -1.9),
        "satisfait": 1.6,
        "nul": -1.9,
        "nulle": -1.9,
        "simple": 1.0,
        "coûteux": -1.4,
        **dict.fromkeys(("fonctionne", "marche"), 0.8),
        # of a price or of a letter, and of a wish
        **dict.fromkeys(("cher", "chère", "souhaite", "attends", "bien"), 0.0),
        # what they ask for
        **dict.fromkeys(("client", "service", "demande", "réclamation"), 0.0),
    },
    "en": {
        **dict.fromkeys(("fast", "quick", "quickly", "professional", "responsive"), 1.6),
        **dict.fromkeys(("slow", "slowly", "faulty", "defective", "unresponsive"), -1.6),
        **dict.fromkeys(("outage", "outages", "expensive", "overpriced"), -1.4),
        **dict.fromkeys(("work", "works", "working"), 0.8),
        # of a letter, and what they ask for
        **dict.fromkeys(("dear", "please", "help", "support", "cancel", "share"), 0.0),
    },
}
# what people write whatever they feel
FORMULAS = {
    "fr": (
        r"merci (?:d['’]avance|par avance)|(?:par avance|d['’]avance),? merci",
        r"je vous remercie (?:d['’]avance|par avance)",
        r"merci de (?:me |m['’]|nous |bien vouloir |votre retour|votre réponse)",
        r"(?:bien )?cordialement|salutations (?:distinguées|cordiales)|meilleures salutations",
        r"bonjour|bonsoir|bonne (?:journée|soirée|réception)|bien à vous",
        r"s['’]il vous pla[iî]t|svp",
    ),
    "en": (
        r"(?:many )?thanks in advance|thank you in advance",
        r"(?:kind|best|warm) regards|best wishes|yours (?:sincerely|faithfully|truly)",
        r"(?:would|['’]d) like",
        r"good (?:morning|afternoon|evening)",
    ),
}
FRENCH_NEGATIONS = {
    *("pas", "jamais", "rien", "aucun", "aucune", "sans", "ni", "guère", "nullement"),
    "aucunement",
}
FRENCH_STRONGER = (
    *("absolument", "beaucoup", "complètement", "entièrement", "extrêmement", "hyper"),
    *("particulièrement", "si", "super", "totalement", "tellement", "très", "trop", "vraiment"),
)
FRENCH_WEAKER = ("assez", "légèrement", "moyennement", "peu", "plutôt", "presque")
# said of several words together; both words must be in the text as they stand here
FRENCH_IDIOMS = {"pas mal": 1.5}
# several words that say together what none of them says alone, and one word that says it
PHRASES = {
    "fr": {r"rien à (?:re)?dire": "impeccable", r"trop ch(?:er|ère)s?": "coûteux"},
    "en": {r"no problems?(?: at all)?": "fine"},
}

# "ne fonctionne pas", "n'est plus"
_FRENCH_NEGATED = re.compile(r"\b(?:ne |n['’])([\w-]+) (pas|plus|jamais|guère|rien)\b", re.I)
_FRENCH_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu)['’](?=\w)", re.I)
# words that tell the two languages apart, none of them in both
_COMMON = {
    "fr": frozenset(
        (
            *(
                "le",
                "la",
                "les",
                "un",
                "une",
                "des",
                "du",
                "et",
                "est",
                "je",
                "vous",
                "nous",
                "mon",
            ),
            *("ma", "mes", "votre", "pas", "que", "qui", "pour", "avec", "dans", "sur", "ce"),
            *("cette", "il", "elle", "bonjour", "merci", "au", "aux", "ne", "été", "très", "mais"),
        )
    ),
    "en": frozenset(
        (
            *("the", "an", "and", "is", "are", "was", "i", "you", "we", "my", "your", "not"),
            *("that", "which", "for", "with", "in", "this", "it", "he", "she", "hello", "thanks"),
            *("thank", "of", "to", "have", "has", "been", "very", "but", "please"),
        )
    ),
}
_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Sentiment:
    """What a model says of a text: its label and a score from -1 to 1."""

    model_version: str
    label: str
    score: float


def check_installed() -> None:
    """Stop where the extra is not installed.

    Raises:
        click.UsageError: a package is missing; the message says how to install it.
    """
    missing = [name for name in ("nltk", LEXICON_PACKAGE) if find_spec(name) is None]
    if missing:
        raise click.UsageError(
            f"--sentiment needs the packages of the extra `text` ({', '.join(missing)} not"
            " installed): pip install -r requirements/text.txt, or run without --sentiment"
        )


@cache
def model_version(language: str) -> str:
    """Return the name under which scores of a language are kept; other rules, other name."""
    try:
        lexicon = version(LEXICON_PACKAGE)
    except PackageNotFoundError:
        lexicon = "none"
    # two digits: of two versions the later sorts last
    return f"vader-{language}-{lexicon}-{RULES:02d}"


def guess_language(text: str) -> str:
    """Return fr or en, by the small words that each language is full of; French in doubt."""
    words = [word.lower() for word in _WORD.findall(text[:MAX_LENGTH])]
    counts = {language: sum(word in own for word in words) for language, own in _COMMON.items()}
    return "en" if counts["en"] > counts["fr"] else "fr"


def language_of(delivered: str | None, text: str) -> str | None:
    """Return the language to score a text in; None when it is neither French nor English."""
    code = (delivered or "").strip().lower()[:2]
    if not code:
        return guess_language(text)
    return code if code in LANGUAGES else None


def score(text: str, language: str) -> Sentiment:
    """Return the sentiment of a text in one of LANGUAGES."""
    prepared = _FORMULAS[language].sub(" ", text[:MAX_LENGTH])
    for phrase, word in _PHRASES[language]:
        prepared = phrase.sub(word, prepared)
    if language == "fr":
        prepared = _FRENCH_ELISION.sub(" ", _FRENCH_NEGATED.sub(_negation_first, prepared))
    found = _analyzer(language).polarity_scores(prepared)["compound"]
    if found >= POSITIVE_FROM:
        label = "positive"
    elif found <= NEGATIVE_FROM:
        label = "negative"
    else:
        label = "neutral"
    return Sentiment(model_version(language), label, found)


_PHRASES = {
    language: [(re.compile(rf"\b{phrase}\b", re.I), word) for phrase, word in phrases.items()]
    for language, phrases in PHRASES.items()
}
_FORMULAS = {
    language: re.compile(r"\b(?:" + "|".join(patterns) + r")\b", re.I)
    for language, patterns in FORMULAS.items()
}


def _negation_first(match: re.Match[str]) -> str:
    """Put a negation where VADER looks for it: before the word that carries the sentiment."""
    verb = match[1]
    # "plus" alone is "more"; after "ne" it is "no more"
    negation = "jamais" if match[2].lower() == "plus" else match[2]
    if verb.lower() in _analyzer("fr").lexicon:
        return f"{negation} {verb}"
    return f"{verb} {negation}"


@cache
def _words(language: str) -> dict[str, float]:
    """Return the lexicon of a language: word or smiley -> valence."""
    name, separator = {"en": ("vader_lexicon.txt", "\t"), "fr": ("fr_lexicon.txt", "->")}[language]
    spec = find_spec(LEXICON_PACKAGE)
    file = Path(spec.origin).parent / name
    valences = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        # of a smiley such as "(->" the last separator is the one
        word, _, rest = line.partition(separator) if language == "en" else line.rpartition("->")
        valence = re.match(r"\s*(-?\d+(?:\.\d+)?)", rest)
        if word and valence:
            valences[word.strip().lower()] = float(valence[1])
    for word, valence in OWN_WORDS[language].items():
        if valence:
            valences[word] = valence
        else:
            valences.pop(word, None)
    return valences


@cache
def _analyzer(language: str):
    """Return NLTK's analyser with the words and rules of a language."""
    from nltk.sentiment.vader import SentimentIntensityAnalyzer, VaderConstants

    class FrenchConstants(VaderConstants):
        NEGATE = FRENCH_NEGATIONS
        BOOSTER_DICT = {
            **dict.fromkeys(FRENCH_STRONGER, VaderConstants.B_INCR),
            **dict.fromkeys(FRENCH_WEAKER, VaderConstants.B_DECR),
        }
        SPECIAL_CASE_IDIOMS = FRENCH_IDIOMS

        def negated(self, input_words, include_nt=True):
            return any(word.lower() in self.NEGATE for word in input_words)

    class Analyzer(SentimentIntensityAnalyzer):
        # instead of NLTK's own, which reads a lexicon that has to be downloaded
        def __init__(self) -> None:
            self.lexicon = _words(language)
            self.constants = FrenchConstants() if language == "fr" else VaderConstants()

    return Analyzer()
