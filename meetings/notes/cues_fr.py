"""French cues; see `cues`."""

import re

from .cues import Cues, list_words

_NAME = r"(?P<name>(?-i:[A-ZÀÉÈÊÎÔÇ][\w’-]+(?: [A-ZÀÉÈÊÎÔÇ][\w’-]+)?))"
_NAME2 = _NAME.replace("?P<name>", "?P<name2>")
_VERB = r"(?P<verb>[a-zàâéèêîôûç][\w'’-]*)"


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


CUES = Cues(
    commit=_compile(rf"\bje (?:vais|peux|dois|veux bien|pourrais|devrais) (?:aussi |donc |juste )*{_VERB}|\bje (?:m'en|me) (?P<own>occupe|charge)\b|\bje (?P<bare>prends|prépare|contacte|prendrai|ferai|enverrai|demanderai|préparerai|appellerai|vérifierai|écrirai|contacterai|m'occuperai)\b|\bje l'(?P<own2>envoie|appelle)"),
    request=_compile(rf"\b{_NAME},? (?:est-ce que )?(?:tu peux|tu pourrais|peux-tu|pourrais-tu|vous pouvez|pouvez-vous|pourriez-vous) {_VERB}|\b{_NAME2},? (?:s'il te plaît|s'il vous plaît),? (?P<verb2>[a-zéèê][\w'-]*)|\b(?:peux-tu|pourrais-tu|tu peux|tu pourrais|pouvez-vous|pourriez-vous) (?P<verb3>[a-zéèê][\w'-]*)"),
    assign=_compile(rf"\b{_NAME} (?:va|doit|devrait|peut|s'occupe de|se charge de) {_VERB}"),
    need=_compile(rf"\b(?:quelqu'un|l'un de nous) (?:devrait|doit|pourrait) {_VERB}|\b(?:il faut|il faudrait|on doit|nous devons|on devrait) (?P<verb2>demander|vérifier|envoyer|contacter|appeler|préparer|mettre|écrire|réserver|planifier|organiser|prévenir|voir avec)\b"),
    accept=_compile(r"^(?:oui|ouais|d'accord|ok|okay|bien sûr|pas de problème|ça marche|entendu|parfait|très bien|je m'en occupe|je m'en charge|c'est noté|volontiers|avec plaisir|bien|je le fais|je peux)\b"),
    refuse=_compile(r"\b(?:je ne peux pas|je peux pas|pas moi|je suis (?:en congé|absente?|en vacances)|je n'ai pas le temps)\b|^(?:non|désolée?)\b"),
    pronoun_task=_compile(r"^(?:le|la|les|l')? ?(?:faire|occupe|charge|prendre|m'en occuper|m'en charger)(?: ça| cela| le| la)?\b.{0,12}$"),
    backward=_compile(r"\b(?:ça|cela|le|la|les|l'|en|y|ceci|celui|celle|ceux|celles|les deux)\b"),
    shared_deadline=_compile(r"^(?:(?:et|donc|alors|bon),? )*(?:les deux|tous|toutes|tout|ça|cela)\b|^(?:avant|d'ici|pour)\b"),
    floor=re.compile(r"^(?:dire|montrer|partager|commencer|expliquer|parler|passer|arrêter|répéter|raconter|entendre|voir|avoir|laisser|continuer|croire|penser|comprendre|être|juste|pas|vous dire|te dire|essayer|conclure|résumer)\b"),
    task=re.compile(r"^(?:envoyer|envoie|écrire|corriger|mettre|vérifier|demander|préparer|prépare|créer|ouvrir|planifier|réserver|appeler|appelle|contacter|contacte|prendre|prends|faire|finir|terminer|tester|publier|rédiger|organiser|commander|acheter|chercher|trouver|relire|revoir|soumettre|inviter|rappeler|prévenir|voir avec|m'en occuper|occupe|charge|\w+er|\w+ir|\w+rai)\b"),
    decide=_compile(r"\b(?:(?:on|nous) (?:a|avons) (?:décidé|convenu|choisi)|c'est décidé|décidé|(?:donc|alors) on (?:garde|prend|supprime|abandonne|reporte|lance|part sur|reste)|on (?:part sur|reste sur|abandonne|supprime|reporte)|la décision est)\b"),
    propose=_compile(r"\b(?:et si (?:on|nous)|je propose|je suggère|on pourrait|nous pourrions|pourquoi ne pas|je préfère|je préférerais|plutôt|on devrait)\b"),
    agree=_compile(r"^(?:(?:oui|bon|bien|alors),? )*(?:d'accord|entendu|ça marche|ça me va|oui|exactement|parfait|très bien|je suis d'accord|pour moi aussi|ok|okay|absolument|c'est bon)\b"),
    counter=_compile(r"\b(?:attends|attendez|plutôt|au lieu|finalement|pas (?:sûre?|convaincue?|d'accord)|trop (?:tôt|tard|cher|risqué)|je ne (?:pense|crois) pas)\b|^(?:non|hmm|mais)\b"),
    question=_compile(r"\?\s*$|^(?:et |donc |mais |alors )*(?:qui|que|quoi|quand|où|pourquoi|comment|combien|quelle?s?|est-ce que|est-ce qu'|qu'est-ce)"),
    unanswered=_compile(r"\b(?:je ne sais pas|je sais pas|on ne sait pas|aucune idée|pas encore (?:décidé|clair|sûr)|on (?:laisse|verra)|à (?:voir|décider|confirmer|définir)|reste ouverte?|il faut (?:demander|vérifier|voir)|bonne question)\b"),
    open_point=_compile(r"\b(?:question ouverte|reste (?:ouverte?|à (?:décider|définir|voir))|pas encore (?:décidé|clair)|on ne peut pas (?:encore )?décider)\b"),
    risk=_compile(r"\b(?:risques?|risqué|danger|dangereux|inquiète?|inquiétude|crains|craindre|goulot)\b|\b(?:pourrait|peut) (?:\w+ ){0,3}(?:échouer|tomber|retarder|casser)\b|\btrop (?:juste|serré|tard)\b|\bpas assez (?:de|d')"),
    recap=_compile(r"\b(?:pour résumer|en résumé|je résume|résumons|pour conclure)\b"),
    called=_compile(rf"(?:^|[.?!,] ){_NAME},? (?:tu peux|tu pourrais|peux-tu|pourrais-tu|pouvez-vous|est-ce que|qu'en penses|tu as)|(?:^|[.?!,] ){_NAME2},? s'il (?:te|vous) plaît"),
    introduced=_compile(rf"\b(?:je suis|je m'appelle|mon nom est|ici) {_NAME}(?=[,.!]|$| (?:et|de|du|ici)\b)"),
    thanked=_compile(rf"\bmerci(?: beaucoup)?,? {_NAME}(?=[,.!?]|$)"),
    hedge=_compile(r"\b(?:si|quand|pourrait|peut-être|normalement|comment|où)\b[^.?!]*$"),
    later=_compile(r"\b(?:la prochaine (?:fois|réunion)|après la réunion|d'ici là|plus tard)\b"),
    willing=_compile(r"\b(?:je m'en|bien sûr|pas de problème|volontiers|avec plaisir|entendu|je le fais|je peux|c'est noté)"),
    lead_in=_compile(rf"^(?:(?:et|donc|alors|bon|bien|oui|ok|d'accord)[,.]? )*(?:{_NAME},? )?(?:(?:est-ce que )?(?:tu peux|tu pourrais|peux-tu|pourrais-tu|pouvez-vous|pourriez-vous) |je (?:vais|peux|dois) |quelqu'un (?:devrait|doit) |il faut(?:drait)? )?"),
    not_names=list_words(
        """je tu il elle on nous vous ils elles oui non bon bien ok okay alors donc et ou mais merci bonjour salut bonsoir tout tous toutes monsieur madame le la les un une des ce cette ça c'est qui
        que quoi quand où comment pourquoi combien quel quelle est-ce lundi mardi mercredi jeudi vendredi samedi dimanche janvier février mars avril mai juin juillet août septembre octobre
        novembre décembre voilà parfait attends attendez maintenant aussi ensuite après avant pour dans avec sans si mon ma mes ton ta notre votre très peut-être équipe"""
    ),
)  # fmt: skip
