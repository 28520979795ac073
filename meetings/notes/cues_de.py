"""German cues; see `cues`. The verb of a task often stands last, so a clause is taken whole."""

import re

from .cues import Cues, list_words

_NAME = r"(?P<name>(?-i:[A-ZÄÖÜ][\wäöüß-]+(?: [A-ZÄÖÜ][\wäöüß-]+)?))"
_NAME2 = _NAME.replace("?P<name>", "?P<name2>")
_VERB = r"(?P<verb>[a-zäöüß][\wäöüß-]*)"
_I_WILL = r"(?:ich (?:werde|kann|könnte|muss|soll|sollte|will|würde)|(?:das|da|dann) (?:mache|übernehme|erledige|kümmere|schicke) ich|ich (?=kümmere|übernehme|schicke|mache|schreibe|rufe|prüfe|erledige|bereite|frage|melde|lege|bestelle|kläre|stelle|nehme|besorge|buche|aktualisiere|sende|spreche))"


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


CUES = Cues(
    commit=_compile(rf"\b{_I_WILL} ?{_VERB}"),
    request=_compile(rf"\b{_NAME},? (?:kannst|könntest|würdest|magst|willst) du (?:bitte |mal |das |uns )*{_VERB}|\b{_NAME2},? bitte (?P<verb2>[a-zäöüß][\wäöüß-]*)|\b(?:kannst|könntest|würdest) du (?:bitte |mal )*(?P<verb3>[a-zäöüß][\wäöüß-]*)|\b(?:können|könnten) sie (?:bitte )?(?P<verb4>[a-zäöüß][\wäöüß-]*)"),
    assign=_compile(rf"\b{_NAME} (?:wird|soll|sollte|muss|kümmert sich um|übernimmt|macht|schickt|schreibt|prüft) {_VERB}"),
    need=_compile(rf"\b(?:jemand|irgendjemand|einer von uns) (?:sollte|muss|müsste|soll) {_VERB}|\bwir (?:müssen|sollten|müssten)(?: noch| mal| dann)* (?P<verb2>[a-zäöüß][\wäöüß-]*)"),
    accept=_compile(r"^(?:ja|jo|klar|okay|ok|gerne?|gut|mache? ich|mach ich|das mache? ich|wird gemacht|alles klar|kein problem|passt|einverstanden|sicher|natürlich|übernehme ich|kann ich)\b"),
    refuse=_compile(r"\b(?:ich kann (?:leider )?nicht|geht (?:bei mir )?nicht|ich bin (?:im urlaub|nicht da|weg)|keine zeit|lieber nicht)\b|^(?:nein|nee|leider)\b"),
    pronoun_task=_compile(r"^(?:das|es|dies|den|die)?\s*(?:machen|mache|übernehmen|übernehme|erledigen|erledige|kümmere|mich darum)?\s*(?:das|es|dies|mich darum|darum)?\s*$"),
    backward=_compile(r"\b(?:das|es|dies|diese|diesen|den|die beiden|beide|darum|davon|dafür|damit|dazu)\b"),
    shared_deadline=_compile(r"^(?:(?:und|also|gut|dann),? )*(?:beide|beides|alle|alles|das|die|diese|es)\b|^bis\b"),
    floor=re.compile(r"^(?:sagen|zeigen|teilen|anfangen|beginnen|erklären|reden|weiter|wiederholen|erzählen|hören|sehen|haben|mal|kurz|nur|glauben|denken|meinen|verstehen|nicht|noch|auch|ja|hier|da|sein|hoffen|wissen|mir vorstellen|vorstellen)\b"),
    task=re.compile(r"^(?:kümmere|übernehme|schicke|mache|schreibe|rufe|prüfe|erledige|bereite|frage|melde|lege|bestelle|kläre|stelle|nehme|besorge|buche|aktualisiere|sende|spreche|bis|das|die|den|dem|der|eine?n?|es|dir|euch|ihnen|ihm|ihr|heute|morgen|bei|mit|beim|alle|unsere?n?|\w+en)\b"),
    decide=_compile(r"\b(?:wir (?:haben )?(?:beschlossen|entschieden|vereinbart)|beschlossen|entschieden|wir (?:nehmen|machen|bleiben bei|streichen|behalten|verschieben|starten|lassen)|also (?:nehmen|machen|streichen|verschieben|bleiben) wir|dann (?:nehmen|machen|streichen|verschieben|bleiben) wir|einigen wir uns|es bleibt (?:bei|dabei))\b"),
    propose=_compile(r"\b(?:lasst uns|lass uns|wie wäre es|wollen wir|sollen wir|könnten wir|ich schlage|mein vorschlag|ich würde lieber|lieber|ich wäre für|ich bin für|wir könnten|wir sollten)\b"),
    agree=_compile(r"^(?:(?:ja|gut|okay|ok|also|klar),? )*(?:einverstanden|genau|passt|ja|gut|okay|in ordnung|machen wir|finde ich auch|stimme zu|von mir aus|damit kann ich leben|abgemacht|dafür)\b"),
    counter=_compile(r"\b(?:moment|warte|lieber|stattdessen|doch nicht|nicht überzeugt|zu (?:früh|spät|teuer|knapp|riskant)|ich glaube nicht|dagegen)\b|^(?:nein|hm|aber|eigentlich)\b"),
    question=_compile(r"\?\s*$|^(?:und |also |aber )*(?:wer|was|wann|wo|warum|wie|welche[rsn]?|sollen wir|haben wir|können wir|gibt es|machen wir|ist das)\b"),
    unanswered=_compile(r"\b(?:(?:das )?weiß ich (?:noch )?nicht|weiß (?:noch )?(?:keiner|niemand)|keine ahnung|noch (?:offen|unklar|nicht (?:klar|entschieden))|(?:das )?lassen wir offen|müssen wir (?:noch )?(?:klären|fragen|sehen|prüfen)|das klären wir|gute frage|mal sehen)\b"),
    open_point=_compile(r"\b(?:offene frage|(?:das )?ist noch (?:offen|unklar)|noch nicht (?:klar|entschieden)|(?:das )?können wir (?:noch )?nicht entscheiden|müssen wir noch klären)\b"),
    risk=_compile(r"\b(?:risiko|risiken|riskant|gefahr|gefährlich|sorge|sorgen|befürchte|befürchtung|engpass|problematisch)\b|\b(?:könnte|kann) (?:\w+ ){0,4}(?:scheitern|ausfallen|schiefgehen|platzen|fehlschlagen)\b|\bzu (?:knapp|wenig (?:zeit|leute|geld)|spät)\b|\bnicht (?:rechtzeitig|genug)\b"),
    recap=_compile(r"\b(?:zusammenfassend|ich fasse (?:\w+ )?zusammen|fassen wir zusammen|zur zusammenfassung)\b"),
    called=_compile(rf"(?:^|[.?!,] ){_NAME},? (?:kannst|könntest|würdest|magst|willst|hast|bist|was meinst) du\b|(?:^|[.?!,] ){_NAME2},? bitte\b"),
    introduced=_compile(rf"\b(?:ich bin|mein name ist|ich heiße|hier ist) (?:der |die )?{_NAME}(?=[,.!]|$| (?:und|aus|von|hier)\b)"),
    thanked=_compile(rf"\b(?:danke|vielen dank|dankeschön),? {_NAME}(?=[,.!?]|$)"),
    hedge=_compile(r"\b(?:wenn|falls|könnte|würde|vielleicht|normalerweise|wie|was|wo)\b[^.?!]*$"),
    later=_compile(r"\b(?:nächste[sn]? (?:mal|treffen|sitzung)|bis dahin|nach (?:der|dem) (?:sitzung|besprechung|treffen)|später)\b"),
    willing=_compile(r"\b(?:mache? ich|wird gemacht|klar|gerne|kein problem|natürlich|übernehme ich|kann ich|ich)\b"),
    lead_in=_compile(rf"^(?:(?:und|also|gut|okay|ok|ja|dann|klar|super)[,.]? )*(?:{_NAME},? )?(?:(?:kannst|könntest|würdest) du |ich (?:werde|kann|muss) |jemand (?:sollte|muss) |wir müssen )?(?:bitte |mal |noch )*"),
    not_names=list_words(
        """jemand irgendjemand einer ich du er sie es wir ihr man ja nein gut okay ok also und oder aber dann jetzt nun danke hallo guten morgen tag abend moment genau klar super bitte alle alles leute das die der den
        dem ein eine was wer wann wo wie warum welche montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz april mai juni juli august september oktober november
        dezember team chef kollege kollegen herr frau können könnten kannst sollen wollen haben ist sind noch auch nur schon so da hier wenn weil dass ob nicht kein keine mein dein unser"""
    ),
)  # fmt: skip
