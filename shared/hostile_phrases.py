"""Phrases by which a text tries to give the desk's agents orders, in English, French, German and Spanish.

They are matched against the variants of `shared.unveiling`: lower case, no accents. Each asks for an
order to the machine and for its object, since people write "ignore my previous ticket" or "give me
admin rights on my laptop" in perfectly honest tickets.
"""

import re
from functools import cache

_AI = (
    r"(?:(?:ai|llm|virtual|automated|helpdesk|support)[ -])?(?:assistant|ai|a\.i\.|llm|language model|chat"
    r" ?bot|bot|gpt"
    r"|triage analyst|resolver|reviewer)(?: (?:agent|model|assistant))?"
)
_IA = r"(?:assistant|ia|modele de langage|chatbot|robot|agent (?:ia|virtuel))"
_KI = r"(?:assistent|ki|ki-agent|ki-assistent|sprachmodell|chatbot|bot)"
_IA_ES = r"(?:asistente|ia|modelo de lenguaje|chatbot|bot|agente (?:de ia|virtual))"
_CHANGE = (
    r"(?:grant|give|add|make|elevate|promote|approve|reset|unlock|delete|disable|bypass|skip|send|execute"
    r"|run|ignore"
    r"|reveal|mark|set|assign|output|return)"
)
_OPENING = r"(?:^|[.!?:;\"')\]>*#] ?|\b(?:please|now|instead|you|you to|you must|you should|you will|you shall) )"
_POWERS = (
    r"(?:unrestricted|unfiltered|uncensored|jailbroken|dan\b|root\b|superuser|(?:domain |global |system"
    r" )?admin"
    r"|(?:an? )?(?:ai|assistant|model|bot)\b|linux terminal|hacker|evil|no rules)"
)

_OVERRIDE = (
    r"\b(?:ignore|disregard|forget|override|do not follow|don't follow|stop following|never mind|neglect"
    r"|overwrite)"
    r"(?: (?:all|any|every|of|the|your|these|those|previous|prior|above|earlier|preceding|former|foregoing"
    r"|system"
    r"|developer|initial|original|existing|current|safety|other|and|or|previously given)){1,7}"
    r" (?:instructions?|prompts?|directives?|commands|programming|guidelines|training|orders|directions)\b"
    r"(?! (?:that |which )?(?:i|we) |,? (?:i|we) (?:sent|gave|wrote)| (?:in|from) my| of (?:my|the) )",
    r"\b(?:ignore|disregard|forget|override|break|do not follow|don't follow)(?: (?:all|any|of|the|previous"
    r"|prior))*"
    r" (?:your|system|safety|content) (?:\w+ )?"
    r"(?:rules|polic(?:y|ies)|restrictions?|constraints?|filters?|safeguards?|guardrails?)\b",
    r"\b(?:ignore|disregard|forget) (?:everything|anything|all|whatever) (?:that )?you (?:were|have been"
    r"|are|know|ve been)\b",
    r"\b(?:ignore|disregard|forget) (?:everything|all|anything)(?: \w+){0,2} (?:above|before|so far)\b.{0,12}"
    r"\b(?:and|instead|now|then) (?:you |just |only |simply )*(?:output|print|reply|say|write|respond"
    r"|reveal|grant|send"
    r"|execute|follow|act|obey)\b",
    r"\b(?:oubliez?|vergiss|vergessen sie|olvid[ae]) (?:tout ce qu|alles,? was (?:du|dir|man dir|ihnen)\b"
    r"|todo lo que (?:te|se te|le)\b|todo lo anterior y\b)",
    r"\b(?:alle|samtliche|deine|ihre)(?: deine| ihre)? (?:(?:vorherigen|bisherigen|vorigen|obigen|fruheren)"
    r" )?"
    r"(?:anweisungen|instruktionen|richtlinien|vorgaben)(?: \w+){0,2} (?:ignorieren|vergessen|missachten"
    r"|umgehen)\b",
    r"\b(?:ignore|disregard|forget|stop following|do not follow) (?:all |any )?(?:the |those )?(?:rules"
    r"|instructions)"
    r" (?:that )?you (?:were|have been) given\b",
    r"\byour new (?:instructions?|task|role|goal|objective|orders?|system prompt) (?:is|are)\b",
    r"<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>|\[/?inst\]|<</?sys>>",
    r"\bsystem(?: (?:message|prompt|override|instruction))?: ?(?:you (?:are|must|will|have)|ignore|override"
    r"|grant)\b",
    r"\b(?:ignore[zr]?|oublie[zr]?|contourne[zr]?|outrepasse[zr]?|ne (?:suis|suivez|respecte[zr]?) (?:pas"
    r"|plus)"
    r"|ne (?:tiens|tenez) (?:pas|plus) compte|fai(?:s|tes) abstraction)"
    r"(?: (?:de|des|toute?s?|les|ces|le|l'ensemble))*"
    r"(?: (?:tes|vos) (?:\w+ )?(?:instructions|consignes|regles|directives|ordres)"
    r"| (?:instructions|consignes|directives|ordres) (?:du systeme|systeme|(?:donnees )?(?:precedemment"
    r"|precedent\w*"
    r"|anterieur\w*|ci-dessus|initiales)))(?! (?:de|dans) (?:mon|ma|mes))",
    r"\b(?:ignorier(?:e|en sie)?|vergiss|vergessen sie|missachten?(?: sie)?|umgehen?(?: sie)?"
    r"|uberschreiben?(?: sie)?"
    r"|befolgen?(?: sie)? (?:nicht|keine))"
    r"(?: (?:bitte|alle|die|deine|ihre|samtliche|all|aller|jetzt|nicht|mehr|bisherigen?|vorherigen?"
    r"|vorigen?|obigen?"
    r"|fruheren?|vorangegangenen|vorhergehenden)){1,5}"
    r" (?:system-?)?(?:anweisungen|instruktionen|anordnungen|befehle|prompts?|richtlinien|vorgaben)\b",
    r"\b(?:ignorier(?:e|en sie)?|vergiss|vergessen sie|umgehen?(?: sie)?|brich)(?: alle)? (?:deine|ihre)"
    r" regeln\b",
    r"\b(?:ignor[ae][dr]?|olvid[ae]r?(?:te)?|omit[ae]|desobedece|no sigas|pas[ae] por alto|ha(?:z|ga) caso"
    r" omiso)"
    r"(?: (?:de|a|todas|todos|las|los|estas|esas))*"
    r"(?: (?:tus|sus) (?:instrucciones|reglas|indicaciones|ordenes|directrices|normas)"
    r"| (?:instrucciones|reglas|indicaciones|ordenes|directrices) (?:anteriores|previas|del sistema|de"
    r" arriba|iniciales"
    r"|recibidas))(?! (?:de|en) mi)",
)  # fmt: skip

_REVEAL = (
    r"\byour (?:\w+ )?system prompt\b|\b(?:ton|votre) prompt\b|\b(?:dein|ihr)e?n? system-?prompt\b"
    r"|\b(?:tu|su) prompt\b",
    r"\b(?:in|of|from) your (?:initial|hidden|secret|original|system) (?:instructions|guidelines)\b",
    r"\byour (?:\w+ )?(?:instructions|guidelines|rules) (?:verbatim|word for word|word by word)\b",
    r"\b(?:reveal|show|print|repeat|output|display|tell|give|send|leak|expose|dump|share|paste|write|recite"
    r"|quote|copy)"
    r"(?: (?:me|us|out|back|what|all|of|the|your|full|entire|exact|complete|whole|verbatim|contents? of"
    r"|text of)){0,6}"
    r" (?:(?:system|developer) (?:prompt|message|instructions)|(?:hidden|secret|internal|initial|original)"
    r" (?:system )?(?:prompt|instructions|guidelines)|your (?:\w+ )?prompt)\b",
    r"\bwhat (?:is|are|was|were|does) your (?:system |hidden |secret |initial |original |internal )+"
    r"(?:prompt|instructions|message|guidelines)\b",
    r"\b(?:reveal|print|repeat|output|leak|expose|dump|recite) (?:me )?(?:all |of )*your"
    r" (?:instructions|guidelines|rules|configuration|context|memory|api keys?|keys|secrets|credentials"
    r"|environment variables)\b(?! (?:for|on|how|to|about))",
    r"\brepeat (?:all |back )?(?:the |of )*(?:words|text|everything|sentences?)(?: \w+){0,2} above\b",
    r"\b(?:revele[zr]?|affiche[zr]?|montre[zr]?|donne[zr]?|repete[zr]?|imprime[zr]?|divulgue[zr]?|dis|dites"
    r"|communique[zr]?"
    r"|copie[zr]?)(?:-moi|-nous)? .{0,25}(?:prompt|(?:tes|vos|les) (?:instructions|consignes|directives)"
    r" (?:du systeme|systeme|cachees|secretes|internes|initiales|d'origine))",
    r"\b(?:zeigen?|zeig|verraten?|nennen?|gib|geben|drucken?|wiederholen?|offenbaren?|schreiben?)(?: sie)?"
    r" .{0,25}"
    r"(?:system-?prompt|prompt\b|systemanweisung(?:en)?|(?:deine|ihre) (?:geheimen|internen|versteckten"
    r"|ursprunglichen)"
    r" (?:anweisungen|instruktionen|regeln))",
    r"\b(?:revel[ae]|muestr[ae]|ensen[ae]|dime|digame|imprim[ae]|repit[ae]|dame|deme|comparte|escribe)(?:me"
    r"|nos)?"
    r" .{0,25}(?:prompt|instrucciones (?:del sistema|secretas|ocultas|internas|iniciales))",
)  # fmt: skip

_ROLE = (
    rf"{_OPENING}(?:act|behave|respond|operate|function) (?:as|like)(?: if you (?:are|were))?(?: (?:an?|the"
    rf"|my|our))?"
    rf" (?:\w+ )?{_POWERS}",
    rf"\b(?:pretend|imagine) (?:to be|that you are|you are|you're)(?: (?:an?|the|my|our))? (?:\w+"
    rf" )?{_POWERS}",
    rf"\b(?:role-?play|play the role|take on the role|assume the role)(?: as| of)(?: (?:an?|the))? (?:\w+"
    rf" )?{_POWERS}",
    r"\byou are (?:now|from now on|henceforth) (?:dan\b|(?:an? )?(?:unrestricted|unfiltered|uncensored"
    r"|jailbroken|evil)\b"
    r"|in (?:developer|debug|god|admin|maintenance|dan|root|unrestricted|jailbreak) mode|free (?:of|from))",
    r"\byou are (?:now )?\w{0,12}gpt\b|\byou are no longer (?:bound|restricted|an? (?:\w+ )?(?:ai|assistant"
    r"|bot|agent))\b",
    r"\bpretend (?:that )?(?:you|there) (?:have|are) no (?:rules|restrictions|limits|filters|guidelines)\b",
    r"\bfrom now on,? (?:you )?(?:will |must |should |shall |are to |always )*(?:obey|comply with|pretend"
    r"|approve (?:all|every)"
    r"|have no (?:rules|restrictions|limits)|ignore (?:all|your|every|any))",
    r"\bdo anything now\b|\b(?:god|dan|jailbreak|unrestricted) mode (?:on|enabled|activated)\b"
    r"|\b(?:enter|enable|activate) (?:dan|jailbreak|unrestricted) mode\b",
    r"\b(?:agis|agissez|comporte-toi|comportez-vous|fais-toi passer|faites-vous passer|joue le role|jouez"
    r" le role)"
    r" (?:comme |en tant qu[e'] ?|pour |d[e'] ?)?.{0,12}(?:administrateur|admin\b|root\b|dan\b|ia\b|assistant"
    r"|sans (?:aucune )?(?:restrictions?|limites?|filtres?)|pirate)",
    r"\b(?:tu es|vous etes) (?:maintenant|desormais) .{0,20}(?:dan\b|sans (?:aucune )?(?:restrictions?"
    r"|limites?|filtres?|regles?)"
    r"|libre de)",
    r"\b(?:du bist|sie sind) (?:jetzt|nun|ab sofort|ab jetzt) .{0,20}(?:dan\b|uneingeschrankt|ohne"
    r" (?:einschrankungen|regeln"
    r"|filter|grenzen))",
    r"\b(?:verhalte dich|verhalten sie sich|agiere|agieren sie|handle|handeln sie|spiele die rolle|gib"
    r" dich) .{0,12}"
    r"(?:als|wie|eines|aus)? ?.{0,8}(?:administrator|admin\b|root\b|dan\b|ki\b|hacker|uneingeschrankte)",
    r"\b(?:actua|actue|comportate|comportese|hazte pasar|haz de|finge ser) (?:como |por"
    r" )?.{0,8}(?:administrador|admin\b"
    r"|root\b|dan\b|ia\b|asistente|sin (?:restricciones|limites|filtros)|pirata)",
    r"\bahora eres .{0,20}(?:dan\b|sin (?:restricciones|limites|filtros|reglas)|libre de)",
)  # fmt: skip

_AUTHORITY = (
    rf"\bto (?:the|any|every|whatever) {_AI}s? (?:reading|processing|handling|answering|that reads)\b",
    rf"\b(?:note|instructions?|message|attention|orders?|commands?|directive)(?: (?:to|for))? (?:the |any "
    rf"|all |this |every )?"
    rf"{_AI}s?(?: \w+){{0,4}} ?[:;,.-]",
    rf"(?:^|[.!?;\"'(\[<*#] ?|\b(?:dear|hey|hello|hi) )"
    rf"{_AI} ?[:,!-] ?(?:please |you (?:must|should|shall|will|can|are to) )?"
    rf"(?:grant|elevate|promote|approve|ignore|reveal|bypass|skip|execute|disable|output)\b",
    rf"\b{_AI}\b.{{0,60}}\byou (?:must|shall|are (?:now |hereby )?(?:authori[sz]ed|instructed|ordered"
    rf"|required|permitted) to)\b"
    rf".{{0,40}}\b{_CHANGE}\b",
    rf"\byou (?:are|as) (?:an?|the) {_AI}\b.{{0,60}}\b(?:grant|elevate|approve|bypass|give|add)\b",
    r"\b(?:add|include|emit|output|insert|put|return|call|invoke|execute|run|use|perform)\b.{0,40}"
    r"\b(?:add_to_group|unlock_account|reset_password|request_software)\b",
    r"\b(?:set|mark|return|output|answer|respond|reply)\b.{0,25}\bapproved['\"]? ?[=:]? ?(?:to )?true\b",
    r"\b(?:bypass|skip|override|disable|turn off|circumvent|ignore) (?:all )?(?:of )?your (?:\w+ ){0,2}"
    r"(?:approvals?|reviews?|safety|filters?|guardrails?|restrictions?|checks?|limits)\b",
    r"\b(?:grant|give|add|make|elevate|promote)\b.{0,60}\b(?:admin\w*|root|privileges?|rights"
    r"|access)\b.{0,60}"
    r"\b(?:without (?:asking|telling|informing|involving|any human|human|(?:any )?(?:approval|review"
    r"|confirmation))"
    r"|(?:do not|don't) (?:ask|tell|inform|escalate|involve)(?: (?:any\w*|an? human|humans|people|for|to"
    r"|about|this|it))?"
    r"(?:[.!,]|$| (?:approval|confirmation|permission))|no human|skip (?:the"
    r" )?(?:approval|review))",
    rf"\b{_IA} ?[,:] ?.{{0,30}}\b(?:accorde|accordez|approuve|approuvez|ignore|ignorez|revele|revelez)\b",
    rf"\b{_IA}\b.{{0,40}}\b(?:tu dois|vous devez|tu es autorise|vous etes autorise)\b.{{0,50}}"
    r"\b(?:accorder|donner|ajouter|approuver|droits|admin\w*|groupe)\b",
    r"\b(?:accorde|donne|ajoute)(?:z|s)?(?:-moi)?\b.{0,60}\b(?:admin\w*|droits|acces)\b.{0,40}\bsans"
    r" (?:demander|prevenir"
    r"|approbation|validation|en informer|aucune)",
    rf"\b{_KI} ?[,:] ?.{{0,30}}\b(?:erteile|gewahre|genehmige|ignoriere|verrate)\b",
    rf"\b{_KI}\b.{{0,40}}\b(?:du musst|sie mussen|du darfst|(?:du bist|sie sind) (?:berechtigt|autorisiert"
    rf"|befugt))\b.{{0,60}}"
    r"\b(?:admin\w*|\w*rechte|gruppe|genehmig\w*|freigeben|zugriff)\b",
    r"\b(?:gib|geben sie|erteile|erteilen sie|gewahre)\b.{0,60}\b(?:admin\w*|\w*rechte"
    r"|zugriff)\b.{0,40}\bohne (?:ruckfrage"
    r"|nachfrage|genehmigung|freigabe|zu fragen|jemanden|einen menschen)",
    rf"\b{_IA_ES} ?[,:] ?.{{0,30}}\b(?:concede|otorga|aprueba|ignora|revela)\b",
    rf"\b{_IA_ES}\b.{{0,40}}\b(?:debes|debe|estas autorizado|esta autorizado)\b.{{0,50}}"
    r"\b(?:conceder|otorgar|dar|anadir|agregar|aprobar)\b",
    r"\b(?:concede|otorga|dame|da|agrega|anade)(?:me)?\b.{0,60}\b(?:admin\w*|permisos|acceso"
    r"|privilegios)\b.{0,40}"
    r"\bsin (?:preguntar|avisar|aprobacion|autorizacion|consultar)",
)  # fmt: skip

_EXFILTRATE = (
    r"\b(?:send|give|show|list|export|reveal|e-?mail|forward|dump|tell|provide|print|output|leak)(?: me| us"
    r"| out)?\b"
    r"(?: (?:a|the|list|all|any|of|every|full))* (?:passwords?|credentials|secrets|password hashes)"
    r" (?:of|from|for|belonging to) (?:all |any |every |the )*(?:(?:other|another) )?"
    r"(?:users?|employees?|customers?|people|colleagues?|accounts?|everyone|everybody|requesters?)\b",
    r"\b(?:send|give|show|list|export|reveal|e-?mail|forward|dump|tell|provide|print|output|leak)(?: me| us"
    r"| out)?\b"
    r"(?: (?:a|the|list|all|any|of|every))* (?:tickets?|conversations?|messages|chats?|chat history|memory"
    r"|history"
    r"|personal data|private data|data|information|details) (?:of|from|about|belonging to) (?:all |any |the"
    r" )*"
    r"(?:someone else|(?:other|another) (?:users?|employees?|customers?|people|requesters?|tenants?"
    r"|person))\b",
    r"\b(?:send|give|show|tell|e-?mail|dump|leak)(?: me| us)? (?:everyone|everybody|somebody else|someone"
    r" else)'?s"
    r" (?:passwords?|credentials|data|tickets|secrets)\b",
    r"\b(?:send|e-?mail|forward|export|dump|leak|upload) (?:me )?all (?:the |our )?(?:customer|user"
    r"|employee|requester)s?'?"
    r" (?:data|records|details|tickets|passwords|credentials) to (?:\S{1,64}@|https?:)",
    r"\b(?:send|give|show|list|export|reveal|e-?mail|forward|dump|tell|provide|print|output|leak)(?: me| us"
    r"| out)?\b"
    r"(?: (?:the|of|any))* (?:all )?(?:the )?(?:other|another|every|all) (?:users?|employees?|customers?"
    r"|colleagues?"
    r"|requesters?|tenants?)'?s?'? (?:\w+ )?(?:passwords?|credentials|tickets|conversations|chats?|personal"
    r" data|secrets)\b",
    r"\b(?:envoie|envoyez|donne|affiche|montre|liste|communique|transmet|revele|exporte)(?:z|s|tez)?(?:-moi"
    r"|-nous)?"
    r" .{0,30}"
    r"(?:mots de passe|identifiants|tickets|conversations|donnees(?: personnelles)?|messages) d(?:e|es|')"
    r" ?(?:tous (?:les )?|toutes (?:les )?|les )*(?:autres )?(?:utilisateurs|employes|clients|collegues"
    r"|salaries|demandeurs)",
    r"\b(?:zeigen?|zeig|gib|geben|senden?|schicken?|schick|listen?|exportieren?|nennen?|verraten?)(?:"
    r" sie)?(?: mir| uns)? .{0,30}"
    r"(?:(?:passworter|kennworter|zugangsdaten) (?:aller|anderer|von allen|von anderen|der anderen|aller"
    r" anderen)"
    r"|(?:tickets|daten|nachrichten|gesprache) (?:anderer|von anderen|der anderen|aller anderen))"
    r" (?:benutzer|nutzer|mitarbeiter|kunden|kollegen|anwender|personen)",
    r"\b(?:envia|enviame|dame|muestra|muestrame|lista|revela|exporta|manda|mandame|dime) .{0,30}"
    r"(?:contrasenas|credenciales|tickets|conversaciones|datos(?: personales)?|mensajes) de (?:todos |todas"
    r" )?(?:los |las )?"
    r"(?:otros |otras |demas )?(?:usuarios|empleados|clientes|companeros)",
)  # fmt: skip

_ALL = {
    "tries to replace the agent's instructions": _OVERRIDE,
    "asks for the agent's own instructions or secrets": _REVEAL,
    "tries to give the agent another role": _ROLE,
    "orders the agent to grant or approve": _AUTHORITY,
    "asks for other people's data": _EXFILTRATE,
}


def hostile_intent(plain: str) -> str | None:
    """Say what a plain text tries with the agent, or None. Time grows with the length of the text."""
    for intent, pattern in _patterns():
        if pattern.search(plain):
            return intent
    return None


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((intent, re.compile("|".join(phrases))) for intent, phrases in _ALL.items())
