"""How people close a mail: "Kind regards", "Mit freundlichen Grüßen", "Sent from my phone".

Knows: the words, in the languages that mails are written in most. Knows nothing about what stands around them.
"""

import re

_ENGLISH = (
    r"(?:many |warm |warmest |kind |kindest |best |with |yours |very |most |all the |all my |lots of |much )*"
    r"(?:thanks|thank you|thanking you|thx|tx|tks|regards|rgds|br|best|best wishes|wishes|cheers|sincerely"
    r"|sincerely yours|faithfully|truly|truly yours|yours|(?:yours )?in christ|respectfully(?: submitted)?|v/?r"
    r"|cordially|warmly|love|hugs(?: and kisses)?|xoxo|take care|take it easy|all the best|ciao|peace|god bless"
    r"|hth|appreciate it|ta|ttyl|later|bye(?: for now)?|(?:see|c) ?(?:you|ya)(?: later)?"
    r"|(?:talk|speak|write) (?:to (?:you|ya) )?(?:soon|later)"
    r"|have a (?:good|great|nice|lovely) (?:day|week|weekend|evening|one)"
    r"|happy (?:holidays|new year|easter)|merry christmas|season['\u2019]s greetings)"
    r"(?: (?:again|so much|very much|a lot|and (?:best |kind |warm )?regards|in advance|everyone|you both|both"
    r"|you all|all|you|guys|soon))*"
    r"(?: for (?:everything|all (?:that )?you(?:['\u2019]ve)? (?:do|did|done)"
    r"|(?:all )?(?:your|the|any) (?:\w+ ){0,2}(?:help|time|attention|assistance|support|patience"
    r"|consideration|co-?operation|understanding|interest)(?: (?:with|in|on) (?:this|that|the matter))?))?"
)
_GERMAN = (
    r"(?:(?:bis (?:dahin|bald),? )?(?:mit )?(?:(?:ganz )?(?:viele[n]?|liebe[nr]?|beste[nr]?|schöne[nr]?"
    r"|\b\w{3,}(?:lich|ial|ig)e[nmr]?\b)[,]? ?(?:und )?)+ ?(?:gr(?:ü|ue)(?:ß|ss)e?n?|gru(?:ß|ss)|wünsche[n]?)"
    r"|gr(?:ü|ue)(?:ß|ss)e|gru(?:ß|ss)|mfg|lg|vg|bg|hochachtungsvoll|(?:vielen |besten |herzlichen )?dank"
    r"|danke(?: dir| ihnen| euch| schön| im voraus)?|alles gute|im auftrag|ihre?|dein|deine|euer"
    r"|bis (?:bald|dann|morgen|später|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch))"
    r"(?: (?:aus|nach|von) (?:\w+ )?\w+| und (?:vielen dank|alles gute|beste grüße)| im voraus| vorab)*"
)
_FRENCH = (
    r"(?:(?:bien |très |plus )?(?:cordialement|amicalement|respectueusement|sincèrement)|c(?:or)?dlt|cdt"
    r"|bien à (?:vous|toi|tous)|(?:meilleures |sincères |cordiales |mes |nos "
    r"|avec mes )*salutations(?: distinguées)?|amitiés|(?:gros(?:ses)? )?(?:bises?|bisous)"
    r"|à (?:bientôt|demain|plus(?: tard)?)|(?:merci|mille mercis)(?: (?:beaucoup|d'avance|à (?:tous|vous)|bien))*"
    r"|(?:je vous souhaite une )?(?:bonne|belle|excellente) (?:journée|soirée|semaine|fin de journée|réception)"
    r"|(?:veuillez|(?:je|nous) vous (?:prie|prions)).{0,80}(?:salutations|sentiments|considération)(?: \w+){0,3}"
    r"|(?:je reste|nous restons|restant)(?: bien)? à votre (?:entière )?disposition"
    r"|@ ?\+|dans l['\u2019]attente de (?:votre|ta) (?:retour|réponse))"
)
_OTHERS = (
    r"(?:(?:un )?(?:cordial(?:es)? )?saludos?(?: cordial(?:es)?)?|atentamente|(?:muchas )?gracias|un abrazo"  # Spanish
    r"|(?:atenciosamente|cumprimentos|(?:com os )?melhores cumprimentos|obrigad[oa]|abraços?)"  # Portuguese
    r"|(?:cordiali |distinti |cari )?saluti|cordialmente|(?:molte )?grazie"  # Italian
    r"|(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|groet(?:en|jes)?|mvg|(?:alvast )?bedankt"  # Dutch
    r"|(?:med )?(?:vänlig|bästa|venlig|vennlig|beste)a? ?h(?:älsning(?:ar)?|ilsen(?:er)?)|hälsningar|mvh"
    r"|(?:tack|tak|takk)(?: på förhand)?|pozdrawiam|z powa\u017caniem|pozdrowienia"  # Scandinavian, Polish
    r"|\u0441 уважением|\u0441 наилучшими пожеланиями|спасибо|всего доброго"  # Russian
    r"|此致|敬礼|祝好|谢谢|謝謝|(?:どうぞ)?(?:よろしく|宜しく)お(?:願|ねが)い(?:いた|致)?します)"  # Chinese, Japanese
)
_ONE_CLOSING = rf"(?:{_ENGLISH}|{_GERMAN}|{_FRENCH}|{_OTHERS})"
_CLOSINGS = rf"{_ONE_CLOSING}(?:(?:\s*[/|,&]\s*|\s(?:and|und|et|y|en|och|og)\s){_ONE_CLOSING}){{0,2}}"

# A phrase that only its place above a name makes a closing: "Happy holidays to all,".
PHRASE = re.compile(r"\W*[^\W\d_][\w'\u2019]*(?: (?:I|[^\W\d_A-Z][\w'\u2019]*)){0,6},")
CLOSING = re.compile(rf"\W*{_CLOSINGS}[\s,.!;:\u3002-]*(?:[:;]-?[)(DPp])?", re.IGNORECASE)
# A closing that nothing but its sender follows; what follows thanks may be what they are for.
REGARDS = re.compile(
    r"\b(?:regards|rgds|sincerely|truly|faithfully|hochachtungsvoll|cordialement|salutations|saludos?|saluti"
    r"|groet(?:en)?|gr(?:ü|ue)(?:ß|ss)en?|h[iä]lsning(?:ar)?|hilsen)\b",
    re.IGNORECASE,
)
# "Thanks, Bob" and "Regards - J. Doe": a closing and the name in one line.
CLOSING_AND_NAME = re.compile(rf"\W*{_CLOSINGS}\s*[,.!-]+\s*(?P<name>\S.*)", re.IGNORECASE)
# "Thanks Bob", which thanks Bob unless it is the sender's name.
CLOSING_BEFORE_NAME = re.compile(rf"\W*{_CLOSINGS}\s+(?P<name>\w.*)", re.IGNORECASE)

_DEVICE = r"[^.,:;!?<]{2,50}"  # or a program, in a line that is no sentence
FROM_A_DEVICE = re.compile(
    rf"\W*(?:sent (?:from|via|with|using) {_DEVICE}"
    rf"|(?:get|télécharge[rz]|obtene[rz]|holen sie sich|scarica|download) outlook\b{_DEVICE}"
    rf"|outlook für \w+ beziehen"
    rf"|(?:gesendet|diese nachricht wurde) (?:von|mit|über) {_DEVICE}|von meine?m? {_DEVICE} gesendet"
    rf"|(?:envoyé|expédié) (?:de|depuis|à partir de|avec) {_DEVICE}"
    rf"|enviad[oa] (?:desde|do|de|a partir do) {_DEVICE}|inviato (?:da|dal) {_DEVICE}"
    rf"|(?:verzonden|verstuurd) (?:vanaf|met|via) {_DEVICE}|(?:skickat|sendt) fr(?:ån|a) {_DEVICE}"
    rf"|lähetetty {_DEVICE}|wysłan[eoy] z {_DEVICE}|отправлено (?:\u0441|из) {_DEVICE}"
    rf"|发自我的{_DEVICE}|{_DEVICE}から送信)"
    r"\.?\s*(?:<\S*>)?",
    re.IGNORECASE,
)
