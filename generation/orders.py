"""Sentences of a document that speak to whoever summarizes it.

Knows: how such sentences speak of models, instructions, summaries and answers, in a dozen languages, and how chats are
written down. Knows nothing of engines, prompts or answers (`obedience.py`). Rules, because a model of 1.5B that is
asked of each sentence whether it is an order tells hardly better than chance.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple

from splitting.sentences import ends

_SHORT = 12  # words of a sentence that may go on with what an order began
_NEAR = 3  # sentences on either side that may

# Words by their beginnings, in English, German, French, Spanish, Portuguese, Italian, Dutch, Swedish, Russian, Polish
# and Turkish; those of scripts without spaces, and of Arabic and Hindi, have patterns of their own below.
_INSTRUCTION = (
    r"instruc\w*|instruk\w*|anweisung\w*|vorgaben|consignes?|istruzion\w*|aanwijzing\w*|инструкц\w*|указани\w*|"
    r"polece\w*|talimat\w*|prompts?"
)
_IGNORE = (
    r"ignor\w*|disregard\w*|forget|overrid\w*|vergiss|vergesst|oublie\w*|olvid\w*|esque[çc]\w*|dimentic\w*|vergeet|"
    r"negeer|glöm|забудь\w*|игнорир\w*|zapomnij|zignoruj|unut\w*|görmezden|yok say\w*"
)
_SUMMARY = (
    r"summar(?:y|ies|i[sz]\w*)|recap\w*|abridg\w*|paraphras\w*|пересказ\w*|"
    r"zusammenfass\w*|zusammenzufassen|résum\w*|resum\w*|riassu\w*|samenvat\w*|"
    r"sammanfatt\w*|резюм\w*|podsumow\w*|streszcz\w*|özet\w*"
)
_ANSWER = (
    r"answer|reply|respond\w*|output|say|write|print|state|begin|start|repeat|return|antwort\w*|schreib\w*|répond\w*|"
    r"écri\w*|escrib\w*|escrev\w*|rispond\w*|scriv\w*|antwoord|schrijf|svara|skriv|ответ\w*|напиши\w*|odpowiedz|"
    r"napisz|cevap\w*|yaz\w*"
)
_ONLY = (
    r"mit dem wort|par le mot|con la pa[lr]\w+|com a palavra|met het woord|"
    r"only|nothing else|nur|só|seulement|uniquement|sol[oa]|solamente|únicamente|apenas|somente|soltanto|alleen|bara|"
    r"endast|только|tylko|sadece"
)
_NOT = (
    r"do not|don't|does not|doesn't|never|no longer|stop|instead of|in place of|before|after|without|forget|nicht|"
    r"keine?|pas|no|não|non|niet|geen|inte|не|nie|rather than|may not|cannot|no need to|statt|anstatt|anstelle|inutile|"
    r"ne|au lieu|plutôt|en lugar|en vez|em vez|invece|al posto|in plaats|i stället|вместо|zamiast|yerine"
)
_OPENED = r"(?:[\"“«„]|(?<!\w)['‘‚])\w"  # a quotation
_TEXT = r"text\w*|texto|texte|testo|tekst\w*|текст\w*|metn?i|dokument\w*|document\w*"
_PATTERNS = (
    # Models, and the marks of chats and of a text's end.
    r"(?-i:\b(?:AI|LLM|GPT|KI|ИИ)s?\b)|\b(?:l'|la |les |una |uma )IAs?\b|\blanguage models?\b|\bchat ?bots?\b",
    r"\bthe assistant (?:no longer|must|answers)\b|^\W*(?:assistant|chat ?bot|bot|model)\W*:\s*$",  # whose turn is next
    r"\bmodels? (?:that|which|who) (?:read|receive|process)\w*\b|\b(?:to|for|any|all|dear) (?:\w+ )?assistants?\b",
    r"\bwhich(?:ever)? (?:bot|model)\b|\bautomatic (?:abstract|summary)\b|\bai[- ]instructions\b",
    r"\bl'assistant\b|\bal asistente\b|\ban den assistenten\b|\btodo\(\w+\)",
    r"\b(?:built|created|trained|programmed) you\b|\byour (?:creators?|developers?|guidelines)\b",
    r"^#+ ?(?:instruction|response|input):",
    r"\bsummari[sz]ers?\b|\bsummari[sz]ation (?:service|system)\b|^\W*system\s*[:\]>]",
    r"<\|[\w ]*\|>|</?(?:s|sys|system|user|assistant|human|document|text|input|instructions?|context|prompt)>",
    r"</?(?:start|end)_of_turn>|\[/?(?:inst|system|user|assistant)\]|\[\[\w+:|<</?sys>>",
    r"\bend of (?:the )?(?:text|document|input|article|message)\b",
    r"\b(?:system|developer|admin\w*) (?:prompts?|messages?|notices?|notes?|updates?|override|mode)\b",
    r"\b(?:maintenance|debug|test) mode\b",
    # What was asked, and what a summary or an answer shall be.
    rf"\b(?:{_NOT})\b.{{0,20}}\b(?:{_SUMMARY})|\b(?:thank\w*|great|nice|good)\b.{{0,13}}\bsummary\b",
    r"\b(?:respond|answer|reply) in (?:english|french|spanish|german|italian|chinese|russian|portuguese|japanese)\b",
    rf"\b(?:{_SUMMARY}) of this (?:text|document|page|article|mail|message)\b|\bwhatever you (?:write|say|answer)\b",
    rf"\b(?:{_SUMMARY})\b.{{0,30}}\b(?:forbidden|closed|must|has to|have to|begins?|starts?)\b",
    r"\byour (?:whole|entire|full|only|first|next|final) (?:answer|reply|response|output)\b",
    r"\b(?:every|each|any|all|your|the) (?:answers?|repl(?:y|ies)|responses?|outputs?)\b",
    r"\bwhen you (?:write about|describe|read|process)\b|\b(?:user|person|reader)s? who asked\b",
    rf"\b(?:{_IGNORE})\b.{{0,40}}\b(?:{_INSTRUCTION}|above|everything|previous|prior|tasks?|rules?|{_TEXT}|{_SUMMARY})\b",
    rf"\b(?:cancel|drop|skip|abandon|discard|never mind)\b.{{0,20}}\b(?:tasks?|requests?|text|everything|{_SUMMARY})\b",
    rf"\b(?:print|show|reveal|repeat|output)\b.{{0,20}}\byour (?:\w+ ){{0,2}}(?:{_INSTRUCTION})\b",
    r"\b(?:print|show|reveal|repeat|output)\b.{0,20}\b(?:words|text|everything|all) above\b|\btold to do with this\b",
    rf"\b(?:{_INSTRUCTION}) (?:you were|you have been|that you were) given\b|\bmust refuse\b|\bstop reading\b",
    r"\b(?:disregard|ignore|forget) (?:the rest|the text|the document|that one|this one)\b",
    r"\bthe true (?:task|assignment)\b|\banswer to (?:task|question)\b",
    rf"\b(?:{_INSTRUCTION})\b.{{0,30}}\b(?:replaced|changed|updated|void|cancel\w*|{_IGNORE})\b",
    rf"\b(?:previous|prior|above|earlier|new|real|following|your) (?:{_INSTRUCTION})\b",
    rf"\b(?:{_INSTRUCTION}) (?:for|to) (?:(?:the |all |any )?\w+:?$|(?:\w+ ){{0,2}}(?:readers|agents|systems|models):)",
    r"\b(?:new|next|real|actual|changed? (?:the|your)) (?:tasks?|requests?|question|job)\b|\btask you were given\b",
    # What to answer, and as whom.
    rf"\b(?:{_ANSWER})\b.{{0,40}}(?:\b(?:{_ONLY})\b|{_OPENED})",
    rf"\b(?:{_ANSWER})\b.{{0,20}}\b(?:one|a single|einem|un seul|una sola|одним|tek) "
    r"(?:word|wort|mot|parola|palabra|словом|kelime)",
    rf"\b(?:{_ANSWER}|open|close|end|finish|add|append|include|insert|put)\b.{{0,40}}"
    r"\b(?:words?|phrase|line|sentence)\b.{0,12}[\"“«„:]",
    r"\b(?:add|append|include|insert|put|decorate)\b.{0,60}\b(?:emojis?|hashtags?)\b",
    rf"\b(?:open|close|finish|append|include|insert|greet|state)\b.{{0,20}}{_OPENED}|\bfirst word of your\b",
    rf"\b(?:{_ANSWER}|state|give) (?:ok|the (?:\w+ )?word|the token|the string)\b|\b(?:answer|reply|respond) with\b",
    r"\b(?:me|us)\b.{0,30}\b(?:jokes?|poems?|haikus?|limericks?|fairy tales?)\b",
    r"\banswer (?:this|the|my|in|with)\b.{0,30}\bquestion|\b(?:now|instead|and),? tell (?:me|us|users?)\b",
    r"^tell (?:me|users?)\b|^(?:please )?(?:act|behave|respond|speak) (?:as|like)\b",
    r"\b(?:let us|let's) play\b|\brole[- ]?play\b|\b(?:stay|remain) in character\b|\bquiz show\b",
    r"\bfrom (?:now|here|this point) on\b.{0,20}\b(?:you|act|answer|respond|reply|speak|say)\b",
    r"\byou(?:'ll| will| must| shall| are going to)? act as\b",
    r"\byou(?:'re| are) (?:now|no longer)\b|\byou answer\b|\bpretend\b|\bimagine (?:that )?you(?:'re| are)\b",
    r"\b(?:assume|take on|play) the (?:role|part) of\b.{0,40}\b(?:conversation|chat|answers?)\b|^speak as\b",
    r"\bdu bist (?:jetzt|nun)\b|\btu es (?:maintenant|désormais)\b|\bahora eres\b|\bтеперь ты\b|\bты теперь\b",
    # The same in other scripts.
    r"忽略|忘记|无视|無視|忘れ|무시하|تجاهل|अनदेखा",
    r"भूल जा|(?:केवल|सिर्फ़?).{0,30}(?:लिख|उत्तर|जवाब|बोल)|सारांश.{0,9}(?:मत|बजाय|जगह)",
    r"(?:不要|别|不用|无需|不必|不是).{0,6}(?:总结|摘要|概括)|(?:لا|بدلا من).{0,6}تلخ|요약(?:하지| ?대신| ?말고)",
    r"要約(?:せず|しない|ではなく|の代わり|.{0,2}(?:不要|やめ))",
    r"只(?:回答|回复|写|输出|说)|だけ(?:答え|出力|書)|만 (?:답|대답)|(?:أجب|اكتب|قل) فقط",
)
_ORDER = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)
_QUESTION = re.compile(r"[?？؟][^\w?？؟]*$")
SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Span(NamedTuple):
    """Where a sentence stands in its text."""

    start: int
    end: int


def find(text: str) -> tuple[Span, ...]:
    """Return the sentences that give orders, and what goes on with one beside it: questions, and short sentences."""
    found: list[Span] = []
    for _, paragraph in groupby(sentences(text), key=lambda item: item[0]):
        spans = [span for _, span in paragraph]
        written = [text[span.start : span.end] for span in spans]
        is_order = [bool(_ORDER.search(sentence)) for sentence in written]
        for place in [place for place, is_one in enumerate(is_order) if is_one]:
            for step in (1, -1):
                near = place + step
                while 0 <= near < len(spans) and abs(near - place) <= _NEAR and _goes_on(written[near]):
                    is_order[near] = True
                    near += step
        found += (span for span, is_one in zip(spans, is_order, strict=True) if is_one)
    return tuple(found)


def without(text: str, spans: Iterable[Span]) -> str:
    """Return the text without the sentences at `spans`."""
    kept, end = [], 0
    for span in spans:
        kept.append(text[end : span.start])
        end = span.end
    return "".join([*kept, text[end:]])


def is_statement(sentence: str) -> bool:
    """Whether a sentence neither gives an order nor asks."""
    return not _ORDER.search(sentence) and not _QUESTION.search(sentence)


def sentences(text: str) -> Iterator[tuple[int, Span]]:
    """Yield each sentence with the number of its paragraph."""
    paragraph = start = 0
    for end in ends(text):
        if text[start : end.end].strip():
            yield paragraph, Span(start, end.end)
        paragraph += "\n\n" in text[end.end : end.next]
        start = end.next
    if text[start:].strip():
        yield paragraph, Span(start, len(text))


def _goes_on(sentence: str) -> bool:
    spaceless = len(SPACELESS.findall(sentence)) // 2  # about two characters make a word there
    return bool(_QUESTION.search(sentence)) or len(sentence.split()) + spaceless <= _SHORT
