"""English cues; see `cues`. Written for recognised speech: full stops, commas and capitals may be missing."""

import re

from .cues import Cues, list_words

_NAME = r"(?P<name>(?-i:[A-Z][\w’'-]+(?: [A-Z][\w’'-]+)?))"
_ADVERBS = r"(?:(?:just|also|then|please|maybe|definitely|probably|certainly|quickly|at least|be able to|try to|try and|go ahead and|actually|still|be|happily|gladly|personally|both) )*"
_VERB = r"(?P<verb>[a-z][\w'-]*)"
_I_WILL = (
    r"(?:i['’]?ll|i will|i['’]?m going to|i am going to|i['’]?m gonna|i gonna|i shall|i can(?! ?not| see| hear|'t)|i could|i need to|i have to|"
    r"i['’]?ve got to|i gotta|i should|i['’]?d better|i promise to|i plan to|i['’]?m happy to|let me)"
)
_YOU_WILL = r"(?:can|could|would|will) you(?: guys| all)?"
_MUST = r"(?:should|needs? to|has to|have to|must|ought to|is going to|are going to|is gonna|are gonna|will|'ll|’ll|is to|can(?! you))"


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


CUES = Cues(
    commit=_compile(rf"\b{_I_WILL} {_ADVERBS}{_VERB}|^(?:so |and |ok(?:ay)?,? )*(?:i )?(?P<bare>take)(?= (?:the|care)\b)|\bi (?P<own>take|own)(?= )"),
    request=_compile(
        rf"\b{_NAME}(?:,| -)? (?:so |and |then |maybe )?(?:{_YOU_WILL}|please|you (?:should|need to|have to|can|could|will)|you['’]ll) {_ADVERBS}{_VERB}"
        rf"|(?:^|[,.?!;] |\b(?:so|and|then|maybe|okay|ok|please|well|right|also|but) ){_YOU_WILL} {_ADVERBS}(?P<verb2>[a-z][\w'-]*)(?:[^.?!]*?, (?P<name2>(?-i:[A-Z][\w’'-]+))\??$)?"
        rf"|^(?:and |so |ok(?:ay)?,? |then )*please (?!note|feel|don't)(?P<verb3>[a-z][\w'-]*)"
        rf"|\bi(?:['’]d| would) (?:like|ask|want) (?:you|{_NAME.replace('name', 'name3')}) to (?P<verb5>[a-z][\w'-]*)"
    ),
    assign=_compile(rf"\byou(?: guys| two| all| both)?(?: will|['’]ll| are going to|['’]re going to|['’]re gonna| are gonna| should| need to| have to) {_ADVERBS}(?P<verb4>[a-z][\w'-]*)|\b{_NAME} {_MUST} {_ADVERBS}{_VERB}|\b(?P<role>the [a-z]+(?: [a-z]+)? (?:designer|manager|expert|specialist|lead|engineer|team|chair|secretary|editor)) (?:(?:will|['’]ll|is going to|should|has to|needs to) {_ADVERBS}(?P<verb2>[a-z][\w'-]*)|(?:is|will be) {_ADVERBS}(?P<verb6>(?:com|look|work|writ|prepar|mak|do)ing))|(?P<action>\baction(?: item| point)?(?: is| for| on|:))\s+(?P<verb3>[a-z][\w'-]*)?"),
    need=_compile(
        rf"\b(?:somebody|someone|one of us|one of you|anybody|everyone|everybody) (?:{_MUST}|please) {_ADVERBS}{_VERB}"
        rf"|\b(?:we(?: all| both)?(?:['’]ll| will| should| need to| have to| must| ought to| still need to| still have to)|let['’]?s) (?:leave that open and |just |also |first |then |to )*(?P<verb2>ask|check with|contact|e-?mail|call|schedule|reschedule|book|find out|look into|follow up|send|write up|write to|prepare|update|ping|reach out|coordinate|organi[sz]e|set up|confirm with|talk to|document|file|publish|review)\b"
    ),
    accept=_compile(r"^(?:(?:yes|yeah|yep|yup|sure|okay|ok|alright|all right|right|of course|absolutely|certainly|no problem|fine|great|good(?: catch| point)?|perfect|will do|we['’]?ll do|i['’]?ll do|can do|done|happy to|sounds good|got it|on it|i['’]?m on it|i can|i will|i['’]?ll|it['’]?s mine|mine|agreed|\w+day works|works for me|that works|thanks)\b)"),
    refuse=_compile(r"\b(?:i can['’]?t|i cannot|i won['’]?t|not me|no,? i|i['’]?m (?:away|out|on (?:leave|holiday|vacation))|i don['’]?t have time|i['’]?d rather not|somebody else|someone else)\b|^(?:no|nope|sorry)\b"),
    pronoun_task=_compile(r"^(?:do|take|handle|own|get|fix|make|send|look into|see to|take care of|check|work on|sort)(?: care of)?(?: on)? (?:it|that|this|them|those|so)\b(?: out)?|^do$|^do (?:before|by|until|today|tomorrow)"),
    backward=_compile(r"\b(?:it|that|this|them|those|these|both|one|ones|same|there|too|as well)\b"),
    shared_deadline=_compile(r"^(?:(?:and|so|okay|ok|right|then|please),? )*(?:both|all|these|those|that|it|them|everything|each)\b|^(?:by|before|until|no later)\b|\b(?:both|all) (?:of (?:them|these|those|it) )?(?:fixed|done|ready|finished|sent|by)\b"),
    floor=re.compile(
        r"^(?:say|share|show|start|begin|explain|talk|go|stop|skip|move|repeat|tell|mention|mute|unmute|hear|see|have|let|leave|pass|hand|turn|read|come|jump|sum|summari[sz]e|recap|keep|"
        r"admit|assume|guess|wait|continue|quote|speak|elaborate|imagine|believe|clarify|comment|describe|remember|know|think|like|be|been|get back|give|point|pause|introduce|refer|call on|recogni[sz]e|yield|"
        r"answer|respond|thank|understand|agree|feel|live|use|do you|not|never|always|sit|step|allow|interrupt|end|return|drop off|scroll|back|turn|kick|hold|notice|find|want|need|help|bet|argue|emphasi[sz]e|stress|conclude|only|accept|hope|love|look at|no|look|well|i|we|you|it|to|the|a|at|in|on|of|as|or|but|[a-z]+ (?:yourself|yourselves|myself|ourselves))\b"
    ),
    task=re.compile(
        r"^(?:come up with|coming up with|looking (?:at|into|for)|working on|writing|preparing|making|send|write|fix|update|check|ask|prepare|create|open|file|schedule|reschedule|book|call|contact|e-?mail|mail|review|take|do|put|make|finish|test|deploy|investigate|follow|draft|publish|reach|set|add|"
        r"remove|merge|coordinate|organi[sz]e|arrange|order|buy|research|collect|document|report|provide|submit|upload|invite|remind|ping|post|push|implement|build|design|work|working|handle|own|run|bring|circulate|"
        r"confirm|sync|figure|pull|cancel|change|clean|close|complete|compile|compare|convert|copy|define|deliver|discuss|distribute|escalate|estimate|evaluate|extend|fill|forward|generate|install|launch|look into|"
        r"measure|meet|migrate|negotiate|outline|phone|plan|present|print|process|propose|raise|record|register|release|rename|replace|reply|rewrite|search|sign|sort|speak to|specify|study|talk to|track|train|translate|verify|visit|message)\b"
    ),
    decide=_compile(
        r"\blet['’]?s (?:decide|agree|settle|go with|stick with|stay with|keep|drop|take|do)\b|\b(?:we|we['’]ve|we have)(?: all| both| now)? (?:decided|agreed|settled|concluded|chosen|accepted|approved)\b|\b(?:it|that)(?:['’]s| is| was) (?:decided|agreed|settled|approved|accepted|final)\b|"
        r"\b(?:so|then|okay|ok|right),? we(?:['’]ll| will| are going to|['’]re going to|['’]re gonna)? (?:drop(?:ped)?|go with|go for|keep|kept|use|launch|moved?|take|stay with|stick|removed?|skip|choose|chose|adopt(?:ed)?|postponed?|released?|ship)\b|"
        r"\bwe(?:['’]ll| will| are going to|['’]re going to|['’]re gonna| are) (?:go with|going with|go for|going for|stick with|stay with|settle on|adopt|drop|dropping|use|launch|ship|postpone|replace)\b|\b(?:the )?(?:final )?decision (?:is|was)\b|\b(?:then|so) no \w+|\bhas been (?:decided|agreed|accepted|approved|moved)\b|\bmotion (?:is )?(?:carried|passed|agreed)\b"
    ),
    propose=_compile(
        r"\b(?:let['’]?s|how about(?! you)|what about(?! you)|what if|shall we|should we|could we|can we|why don['’]?t we|i['’]?d rather|i would rather|i['’]?d prefer|i would prefer|i prefer|i still prefer|i(?:['’]d| would)? (?:suggest|propose|recommend|vote)|my (?:suggestion|proposal|preference)|we (?:could|should|might)|if we)\b"
    ),
    agree=_compile(r"^(?:(?:yes|yeah|yep|okay|ok|so|and|right|great|good|fine|sure|well|alright),? )*(?:agreed|i agree|i(?:['’]m| am) (?:fine|okay|ok|good|happy|comfortable)|(?:that['’]?s |sounds |it['’]?s )?(?:fine|good|okay|great|perfect)(?: (?:with|for|by) me)?|(?:i )?can live with|(?:that |it )?(?:works|makes sense)|deal|done|let['’]?s do (?:it|that)|absolutely|exactly|definitely|yes|yeah|sure|no objections?|seconded)\b"),
    counter=_compile(r"\b(?:wait|rather|instead|hold on|however|on second thought|scrap that|forget that|not (?:sure|convinced|a good)|i don['’]?t (?:think|like|agree|want)|too (?:early|late|expensive|much|risky)|i disagree|no longer|never mind)\b|^(?:no|hmm|but|actually|well, no)\b"),
    question=_compile(r"\?\s*$|^(?:and |so |but |okay,? |then )*(?:who|what|when|where|why|how|which|whose|do we|does|did we|is it|are we|can we|should we|shall we|will we|would we|could we|have we|has)\b"),
    unanswered=_compile(
        r"\b(?:i|we) (?:really )?(?:don['’]?t|do not) (?:yet )?know\b|\bnot (?:yet )?(?:sure|clear|decided|known)\b|\bno idea\b|\bleave (?:that|it|this) open\b|\bopen question\b|\b(?:still|remains?) open\b|\bcan['’]?t decide\b|\bcannot decide\b|\bto be (?:decided|determined|discussed|confirmed)\b|\bt\.?b\.?d\b|\bwe(?:['’]ll| will) (?:have to )?(?:see|find out|figure)\b|\b(?:have|need) to (?:ask|check|find out|figure out|think about)\b|\bgood question\b|\bunclear\b|\bundecided\b|\bcome back to (?:that|this|it)\b|\bpark (?:that|this|it)\b|\bnobody knows\b"
    ),
    open_point=_compile(r"\b(?:open question|we still (?:need|have) to (?:decide|figure out|clarify|find out)|(?:it|that|this)(?:['’]s| is| remains) (?:still )?(?:unclear|undecided|open|not clear)|we (?:can['’]?t|cannot) decide|(?:the )?question (?:is|remains) (?:whether|if|how|who|what)|not clear (?:whether|if|how|who|what))\b"),
    risk=_compile(
        r"\b(?:risks?|risky|worr(?:y|ied|ies)|concern(?:ed|s)?|danger(?:ous)?|threat)\b|\b(?:might|could|may|will|would) (?:break|fail|slip|be late|delay|crash|go wrong|not (?:make|work|be ready|fit|have enough)|run out)\b|\bif \w+ (?:breaks?|fails?|slips?|goes wrong|doesn['’]?t|don['’]?t|isn['’]?t)\b|\bif (?:something|anything) (?:breaks|goes|happens|fails)\b|\b(?:bottleneck|short[- ]staffed|understaffed|run(?:ning)? out of|not enough (?:time|people|money|budget|budgets)|too (?:early|late|tight|risky)|down to (?:\w+ )?(?:people|person|days?)|single point of failure|we are thin)\b"
    ),
    recap=_compile(r"\b(?:let me (?:sum up|summari[sz]e|recap)|to (?:sum up|summari[sz]e|recap)|in summary|(?:so )?to conclude|just to recap|the summary is)\b"),
    called=_compile(rf"(?:^|[.?!,] |\b(?:good|okay|ok|right|so|and|thanks|one|then) ){_NAME}(?:,? (?:can|could|would|will|do|did|are|have) you\b|,? please\b|, (?:what|how|do|did|any|over to|go ahead|your)\b|,? go ahead\b)|(?:, |over to |thoughts,? ){_NAME.replace('name', 'name2')}[.?!]*$"),
    introduced=_compile(rf"\b(?:i['’]?m|i am|my name is|my name['’]?s|this is) {_NAME}(?=[,.!]|$| (?:and|from|here|speaking|i['’]?m|the)\b)|\b{_NAME.replace('name', 'name2')} (?:here|speaking)[.,]?$"),
    thanked=_compile(rf"\b(?:thanks|thank you)(?: very much| so much| a lot)?,? {_NAME}(?=[,.!?]|$| (?:for|and|so|that)\b)"),
    hedge=_compile(r"\b(?:if|when(?:ever)?|could|might|would|wonder(?:ing)?|suppose|imagine|used to|normally|usually|how|what|where|which)\b[^.?!]*$"),
    later=_compile(r"\b(?:next (?:meeting|time|call|session)|after (?:the|this) (?:meeting|call)|before (?:the )?next (?:meeting|call)|offline|until then|by then|afterwards?|later (?:today|this week|on))\b"),
    bound=_compile(r"\b(?:will|i['’]ll|you['’]ll|he['’]ll|she['’]ll|they['’]ll|going to|gonna|should|needs? to|ha(?:ve|s) to|must|please|supposed to|next meeting|until|by (?:the|next|\w+day)|(?:looking|aiming) for|coming up with|work(?:ing)? on)\b"),
    loose=_compile(r"\b(?:could|maybe|perhaps|might|if|whether|what if|suppose|i (?:think|guess|mean|wonder|don['’]t)|would|not|don['’]t|doesn['’]t|didn['’]t|can['’]t|but)\b|\?\s*$"),
    willing=_compile(r"\b(?:will do|we['’]?ll do|i['’]?ll|i will|i can|can do|sure|of course|no problem|happy to|absolutely|certainly|on it|got it|it['’]?s mine|done|works)\b"),
    lead_in=_compile(rf"^(?:(?:and|so|but|okay|ok|right|yes|yeah|well|then|sure|alright|good(?: catch| point)?|great|fine|thanks|uh|um)[,.]? )*(?:{_NAME},? )?(?:(?:{_I_WILL}|{_YOU_WILL}|please|you(?: will|['’]ll| should| need to| have to| are going to)|(?:somebody|someone|we) (?:should|needs? to|has to|have to|must)|let['’]?s) )?(?:please )?{_ADVERBS}"),
    not_names=list_words(
        """i i'm i'll i'd i've ok okay yes yeah no so and but or the a an good great right fine well now then thanks thank hello hi hey morning afternoon evening everyone
        everybody anyone all guys folks please maybe also it it's that that's this these those they we you he she what who when where why how which if as in on at to for of with there
        monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september october november december english french german
        ethereum github slack zoom google christmas easter let let's somebody someone one two three four five first second sorry agreed sure actually because just before after once
        only my our your his her its can could would should will do did does is are was were not some any more most minister chair chairman madam mister mr mrs ms dr sir lcd tv eip
        having got go going is mm hmm uh um oh whatever anything everything something nothing people team"""
    ),
)  # fmt: skip
