"""Sentences of a document that speak to somebody, of whatever: where an order is that `orders` does not know.

Knows: how questions, requests and commands begin and end, in a dozen languages, and where they are hidden. Knows
nothing of engines or prompts.

Every second document has such sentences, and hardly one of them is an order to whoever summarizes. So an answer is
held against the others only in its first sentence, and stands unless that has next to nothing of them, or begins with
words that were quoted, or written in capitals, to be said.
"""

import re
from functools import cached_property

from generation.obedience import QUOTED, Orders, words_of
from generation.orders import Span, sentences

_UNRELATED = 0.25  # of the first sentence's words: what people write of a text, in their own words, has more
_TO_SAY = re.compile(rf"{QUOTED}|\b[A-ZÀ-ÖØ-ÞĀ-ſА-ЯЁ]{{3,}}\b")
_HEADING = re.compile(r"^\s*#|[:*]\s*$")

# The languages are those of `orders`.
_YOU = (
    r"you(?:rs?|rsel\w+|['’]\w+)?|du|dein\w*|dich|dir|tu|toi|vous|votre|usted|você|jij|jouw|sen|ты|вы|вам|ty|me|(?-i:us)|"
    r"please|bitte|por favor|"
    r"s'il (?:te|vous) plaît|per favore|пожалуйста|proszę|lütfen|alsjeblieft"
)
_FIRST = r"now|just|so|and|then|ok|okay|also|first|stop|but"
_COMMAND = (
    r"say|write|print|output|answer|reply|respond|return|give|name|tell|state|compute|calculate|translate|add|append|"
    r"include|insert|finish|end|begin|start|close|open|mention|use|make|turn|show|reveal|list|speak|act|pretend|imagine|"
    r"ignore|disregard|forget|stop|skip|do not|don't|never|let|repeat|confirm"
)
_COMMAND_ABROAD = (
    r"sage?|nenne?|gib|schreibe?|antworte|dis|donne|réponds|écris|dime|dame|escribe|responde|dimmi|dammi|scrivi|rispondi|"
    r"скажи\w*|назови\w*|напиши\w*|ответь\w*|powiedz|podaj|napisz|odpowiedz|söyle\w*|yaz|diga|escreva|responda|zeg|"
    r"noem|schrijf|antwoord"
)
_PATTERNS = (
    r"[?？؟][^\w?？؟]*$",
    rf"\b(?:{_YOU}|{_COMMAND_ABROAD})\b|^(?:\W*(?:{_FIRST})\b)*\W*(?:{_COMMAND})\b|[:;] (?:{_COMMAND})\b",
    r"[你您请請]|回答|告诉|输出|あなた|ください|下さい|答え|(?:しろ|せよ|なさい)\W*$",
    r"당신|(?:하세요|하시오|해라|[시세]오|답하라)\W*$|أنت|من فضلك|قل|اكتب|أخبر|أجب|आप|तुम|कृपया|लिख|बता",
    r"<!--|/\*|```|\{\{|(?:\b\w ){6}",  # comments, code, templates, and letters apart
    r"(?<![^\s(:])[\"“«„]\w[^\"”»“«„]{0,40}[\"”»“]?[.!?]?$",  # a quotation at its end: the words to say
)
_ADDRESS = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS), re.IGNORECASE)


def find(text: str) -> tuple[Span, ...]:
    """Return the sentences that speak to somebody."""
    return tuple(span for _, span in sentences(text) if _ADDRESS.search(text[span.start : span.end]))


class Addressed(Orders):
    """What a text says to somebody, and what an answer looks like that heard nothing else."""

    holds_all = False
    least = 2 / 3  # in a talk, or a letter, each sentence may speak to somebody

    def __init__(self, text: str, asked: str = "") -> None:
        """As that of orders."""
        super().__init__(text, asked, find)

    def is_followed_by(self, sentence: str, *, is_first: bool) -> bool:
        """Whether an answer's first sentence begins as it was told, or has next to nothing of the rest of the text."""
        if not is_first or _HEADING.search(sentence):
            return False
        words = words_of(sentence)
        return bool(words) and (self.begins(sentence, words) or self.share(words) < _UNRELATED)

    @cached_property
    def ordered(self) -> frozenset[str]:
        """The words to say."""
        to_say = (match[0] for said in self.orders for match in _TO_SAY.finditer(said))
        return frozenset(word for words in to_say for word in words_of(words))
