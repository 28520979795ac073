"""The words of `dates`, by language."""

from dataclasses import dataclass, field

_S = frozenset


@dataclass(frozen=True, kw_only=True)
class DateWords:
    """Lower-case words. `adverbs`: phrase → days from the meeting; `edges`: word → start, middle, end; `units`: word → day, week, month, year.

    `deadline` before a date makes it one; `fillers` may stand between; `not_deadline` before a weekday or an adverb says it is none.
    """

    language: str
    weekdays: dict[str, int]
    months: dict[str, int]
    adverbs: dict[str, int]
    units: dict[str, str]
    edges: dict[str, str]
    next: frozenset[str]
    this: frozenset[str]
    last: frozenset[str]
    articles: frozenset[str]
    of: frozenset[str]
    deadline: frozenset[str]
    fillers: frozenset[str]
    not_deadline: frozenset[str]
    range_words: frozenset[str]
    spans: frozenset[str]
    span_fillers: frozenset[str] = _S()
    a: frozenset[str] = _S()
    couple: frozenset[str] = _S()
    day_after_article: bool = True
    not_after_day: frozenset[str] = field(default_factory=frozenset)


def _number(words: str, *, start: int) -> dict[str, int]:
    """Groups of spellings parted by spaces, spellings by slashes → numbers from `start`."""
    return {w: n for n, group in enumerate(words.split(), start=start) for w in group.split("/")}


DATE_WORDS: dict[str, DateWords] = {
    "en": DateWords(
        language="en",
        weekdays=_number("monday tuesday wednesday thursday friday saturday sunday", start=0),
        months=_number("january/jan february/feb march april/apr may june/jun july/jul august/aug september/sept/sep october/oct november/nov december/dec", start=1),
        adverbs={"today": 0, "tonight": 0, "this morning": 0, "this afternoon": 0, "this evening": 0, "tomorrow": 1, "tomorrow morning": 1,
                 "day after tomorrow": 2, "the day after tomorrow": 2, "yesterday": -1},
        units={"day": "day", "days": "day", "week": "week", "weeks": "week", "month": "month", "months": "month", "year": "year", "years": "year"},
        edges={"end": "end", "middle": "middle", "mid": "middle", "beginning": "start", "start": "start", "early": "start"},
        next=_S(["next", "coming", "following"]),
        this=_S(["this"]),
        last=_S(["last"]),
        articles=_S(["the"]),
        of=_S(["of"]),
        deadline=_S(["by", "before", "until", "till", "due", "than", "on", "for"]),
        fillers=_S(["the", "end", "close", "of", "noon", "lunch", "five", "or", "latest", "at", "am", "pm", "o'clock", "around", "business", "early", "late"]),
        not_deadline=_S(["from", "since", "to", "between", "was", "is", "last", "after", "every", "good", "it's", "of", "every"]),
        range_words=_S(["to", "through"]),
        spans=_S(["in", "within"]),
        span_fillers=_S(["the", "next", "about"]),
        a=_S(["a", "one", "1"]),
        couple=_S(["couple"]),
        not_after_day=_S(["percent", "people", "one", "of", "time", "thing", "point", "item", "tier", "half", "quarter", "option", "step"]),
    ),
    "de": DateWords(
        language="de",
        weekdays=_number("montag dienstag mittwoch donnerstag freitag samstag/sonnabend sonntag", start=0),
        months=_number("januar/jänner februar märz april mai juni juli august september oktober november dezember", start=1),
        adverbs={"heute": 0, "heute abend": 0, "heute nachmittag": 0, "morgen": 1, "übermorgen": 2, "gestern": -1, "vorgestern": -2},
        units={"tag": "day", "tage": "day", "tagen": "day", "tages": "day", "woche": "week", "wochen": "week", "monat": "month", "monate": "month",
               "monaten": "month", "monats": "month", "jahr": "year", "jahre": "year", "jahren": "year", "jahres": "year"},
        edges={"ende": "end", "mitte": "middle", "anfang": "start"},
        next=_S(["nächste", "nächsten", "nächster", "nächstes", "nächstem", "kommende", "kommenden", "kommender"]),
        this=_S(["diese", "diesen", "dieser", "dieses", "diesem"]),
        last=_S(["letzte", "letzten", "letzter", "letztem", "vergangenen"]),
        articles=_S(["der", "den", "dem", "des", "die"]),
        of=_S(["von"]),
        deadline=_S(["bis", "vor", "am", "spätestens", "zum"]),
        fillers=_S(["zum", "am", "den", "dem", "spätestens", "ende", "uhr"]),
        not_deadline=_S(["seit", "ab", "vom", "nach", "jeden", "war", "ist", "guten"]),
        range_words=_S(["bis"]),
        spans=_S(["in", "innerhalb", "binnen"]),
        span_fillers=_S(["den", "nächsten", "etwa"]),
        a=_S(["einer", "einem", "eines", "1"]),
        not_after_day=_S(["prozent", "leute", "mal", "punkt"]),
    ),
    "fr": DateWords(
        language="fr",
        weekdays=_number("lundi mardi mercredi jeudi vendredi samedi dimanche", start=0),
        months=_number("janvier février mars avril mai juin juillet août septembre octobre novembre décembre", start=1),
        adverbs={"aujourd'hui": 0, "ce soir": 0, "cet après": 0, "demain": 1, "après demain": 2, "hier": -1},
        units={"jour": "day", "jours": "day", "semaine": "week", "semaines": "week", "mois": "month", "an": "year", "ans": "year", "année": "year"},
        edges={"fin": "end", "mi": "middle", "milieu": "middle", "début": "start"},
        next=_S(["prochain", "prochaine", "prochains", "suivant", "suivante"]),
        this=_S(["ce", "cet", "cette"]),
        last=_S(["dernier", "dernière", "passé", "passée"]),
        articles=_S(["le", "la", "les"]),
        of=_S(["de", "du", "d"]),
        deadline=_S(["avant", "pour", "d'ici", "jusqu", "jusqu'à", "jusqu'au", "au", "ici"]),
        fillers=_S(["le", "la", "fin", "de", "à", "au", "du", "midi"]),
        not_deadline=_S(["depuis", "dès", "après", "chaque", "était", "est", "du"]),
        range_words=_S(["au"]),
        spans=_S(["dans", "sous", "d'ici"]),
        span_fillers=_S(["les", "prochains"]),
        a=_S(["un", "une", "1"]),
        not_after_day=_S(["personnes", "pour", "fois"]),
    ),
}  # fmt: skip
