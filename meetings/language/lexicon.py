"""Words that carry no meaning of their own, by language. A language without a list loses nothing but sharpness."""


def _list(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS: dict[str, frozenset[str]] = {
    "en": _words(
        """a about above after again all also am an and any are aren't as at be because been before being below between both but by
        can can't cannot could couldn't did didn't do does doesn't doing don't done down during each either else even ever every few
        for from further get gets getting go goes going gonna got had hadn't has hasn't have haven't having he he'd he'll he's her here
        here's hers herself him himself his how how's i i'd i'll i'm i've if in into is isn't it it'd it'll it's its itself just let
        let's like me more most must my myself need needs no nor not now of off ok okay on once only or other our ours out over own
        please quite rather really right same shall she she'd she'll she's should shouldn't so some somebody someone something still
        such sure than that that'd that'll that's the their theirs them themselves then there there's these they they'd they'll
        they're they've thing things this those through to too under until up upon us very was wasn't we we'd we'll we're we've well
        were weren't what what's whatever when when's where where's whether which while who who's whom whose why will with within
        without won't would wouldn't yeah yes yet you you'd you'll you're you've your yours yourself yourselves um uh er hmm mm oh ah
        kind sort actually basically maybe perhaps anyway gotta wanna want wants wanted say says said know mean think guess lot
        make makes made take takes taken took put puts give gives given gave come comes came"""
    ),
    "de": _words(
        """aber alle allem allen aller alles als also am an ander andere anderen auch auf aus bei beim bin bis bist da damit dann das dass
        dein deine dem den denn der des dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen
        einer eines er es etwas euch euer für gegen gehen geht hab habe haben hat hatte hatten hier hin ich ihm ihn ihnen ihr ihre im in
        ins ist ja jede jeden jeder jetzt kann kannst kein keine keinen können könnte könnten lass mal man mehr mein meine mich mir mit
        möchte muss müssen nach nicht nichts noch nun nur ob oder ohne schon sehr sein seine sich sie sind so soll sollen sollte
        sollten sonst über um und uns unser unter viel vom von vor war waren was weil wenn werde werden wer wie wieder will wir wird
        wirst wo wollen würde würden zu zum zur zwischen bitte okay gut genau eben halt eigentlich vielleicht machen macht"""
    ),
    "fr": _words(
        """a ai alors as au aucun aussi autre aux avec avez avoir avons bien c ça car ce cela ces cet cette chaque comme d dans de des donc
        du elle elles en encore est et étaient était être eu faire fait faut il ils je l la le les leur leurs lui ma mais me mes moi mon
        même n ne nos notre nous on ont ou où oui par pas peu peut peux plus pour pourrait pourquoi puis qu quand que quel quelle qui quoi
        s sa sans se ses si son sont sur ta te tes toi ton tous tout toute très tu un une va vais vas vont votre vous y merci
        accord faudrait dois doit devons peut-être"""
    ),
}  # fmt: skip

# Words a writer of minutes adds of his own; they need not have been said.
REPORTING_WORDS: dict[str, tuple[str, ...]] = {
    "en": _list(
        """discuss discussed discussion discusses discussing talk talked talks meeting team group decide decided decides decision agree agreed
        agrees mention mentioned mentions ask asked asks suggest suggested suggests propose proposed proposes explain explained plan
        plans planned will participant participants speaker speakers member members everyone review reviewed consider considered
        confirm confirmed include includes including ensure regarding concern concerning need needed use used state stated offer
        offered question issue topic complete finish choose chose chosen select selected set adopt adopted settle settled pick picked keep kept approve approved"""
    ),
    "de": _list(
        """besprechen besprochen bespricht diskutieren diskutiert diskussion besprechung team gruppe entscheiden entschieden entscheidung
        beschließen beschlossen vereinbaren vereinbart vorschlagen vorgeschlagen erklären erklärt planen geplant teilnehmer thema
        frage"""
    ),
    "fr": _list(
        """discuter discuté discussion réunion équipe groupe décider décidé décision convenir convenu proposer proposé expliquer expliqué
        prévoir prévu participant participants sujet question"""
    ),
}  # fmt: skip

# Signs that something is denied; an item may not deny what its sources affirm.
NEGATIONS: dict[str, frozenset[str]] = {
    "en": _words(
        """no not never none nobody nothing without cannot can't don't doesn't didn't won't wouldn't shouldn't couldn't isn't aren't wasn't
        weren't haven't hasn't drop drops dropped dropping cancel cancels cancelled canceled reject rejected remove removed stop nor neither"""
    ),
    "de": _words("kein keine keinen keiner keinem nicht nie niemand nichts ohne statt streichen gestrichen weder"),
    "fr": _words("ne n pas jamais aucun aucune personne rien sans ni supprimer abandonner"),
}  # fmt: skip
