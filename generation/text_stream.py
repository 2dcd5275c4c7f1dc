"""Tokens in, text out that may be sent: whole characters, no stop sequence, no sentence that the limit cuts.

A text ends where a sentence is said again: a model that has no more to say begins anew.

Knows a tokenizer and strings. Knows nothing of engines, requests or time.
"""

import re
from typing import Any

from tokenizers.decoders import DecodeStream

from splitting.sentences import ends

_TAIL = 64  # tokens before the limit, from where text is released by the sentence and not by the word
_LEAST_REPEATED = 25  # bytes of a sentence that ends a text if it is said again; "None." may be said often
_MARKS = 8  # characters that a sentence's end is told from, at most
_ITEM = re.compile(r"\s*(?:(?:[-*•]|\d+[.)])\s+)?")  # what stands before an item's words
_MARK = re.compile(r"[-*•]|\d+[.)]?")


class TextStream:
    """Turn one request's tokens into sendable text, token by token."""

    def __init__(self, tokenizer: Any, stop_sequences: tuple[str, ...], max_new_tokens: int) -> None:
        self._tokenizer = tokenizer.backend_tokenizer
        self._decoder = DecodeStream(skip_special_tokens=True)
        self._stops = stop_sequences
        self._limit = max_new_tokens
        self._tokens = 0
        self._held = ""  # decoded, not yet released
        self._said = _Said()
        self._at_sentence_end = self._has_sentence = False  # of what was released
        self._started = False
        self.stopped = False  # by a stop sequence, or by a sentence that is said again

    def feed(self, token: int) -> str:
        """Take one token; return the text that may be sent now."""
        assert not self.stopped
        self._tokens += 1
        self._held += self._decoder.step(self._tokenizer, token) or ""
        if not self._started:
            self._held = self._held.lstrip()
        self._cut_at_stop_sequence()
        new = self._cut_at_repetition(self._held)
        if self.stopped:
            return ""
        safe = min(len(self._held) - self._stop_prefix_length(), new)
        safe = len(self._held[:safe].rstrip())  # trailing space may turn out to be the end
        end = last_sentence_end(self._held)
        self._has_sentence |= self._held.startswith("\n")  # after a line that was sent
        if self._tokens > self._limit - _TAIL and (end > 0 or self._has_sentence):
            safe = min(safe, end)  # the first sentence is sent in any case, cut or not
        return self._release(safe)

    def finish(self, cut: bool) -> str:
        """Return what is left to send; `cut` says that the token limit, not the model, ended the text."""
        self._cut_at_repetition(self._held + "\n")
        if cut and not self.stopped:
            end = last_sentence_end(self._held + " ")
            if end > 0 or self._at_sentence_end or self._held.startswith("\n"):
                return self._release(len(self._held[:end].rstrip()))
            # Not one full sentence fits: what there is of it says more than nothing.
        return self._release(len(self._held.rstrip()))

    def _release(self, length: int) -> str:
        text, self._held = self._held[:length], self._held[length:]
        self._said.add(text)
        if text:
            self._started = True
            end = last_sentence_end(text + (self._held[:1] or " "))
            self._at_sentence_end = end == len(text)
            self._has_sentence |= end > 0
        return text

    def _cut_at_stop_sequence(self) -> None:
        """Drop the first stop sequence and all after it, if one is complete."""
        found = [place for stop in self._stops if (place := self._held.find(stop)) >= 0]
        if found:
            self._held = self._held[: min(found)]
            self.stopped = True

    def _cut_at_repetition(self, held: str) -> int:
        """Drop a sentence that is said again and all after it; return how much of `held` is none so far."""
        new, is_repeated = self._said.new(held)
        if is_repeated:
            self._held = self._held[:new]
            self.stopped = True
        return new

    def _stop_prefix_length(self) -> int:
        """Length of the longest end of the held text that could become a stop sequence."""
        longest = max((len(stop) for stop in self._stops), default=1) - 1
        for length in range(min(longest, len(self._held)), 0, -1):
            if any(stop.startswith(self._held[-length:]) for stop in self._stops):
                return length
        return 0


class _Said:
    """The sentences of a text so far."""

    def __init__(self) -> None:
        self._sentences: set[str] = set()
        self._open = ""  # of the one that is not over

    def add(self, text: str) -> None:
        """Take in what goes on."""
        begun, start = len(self._open), 0
        self._open += text
        for found in ends(self._open, max(begun - _MARKS, 0)):
            if found.end < len(self._open):
                self._sentences.add(_words(self._open[start : found.end]))
                start = found.next
        self._open = self._open[start:]

    def new(self, text: str) -> tuple[int, bool]:
        """Return how much of what comes next is no sentence said before, nor the beginning of one, and if one is over.

        A sentence that has begun already is a new one.
        """
        text, begun = self._open + text, len(self._open)
        start = 0
        for found in ends(text, max(begun - _MARKS, 0)):
            if found.end < len(text):
                if start >= begun and self._ends_text(_words(text[start : found.end])):
                    return start - begun, True
                start = found.next
        rest = _words(text[start:])
        is_mark = _MARK.fullmatch(rest) is not None
        if start >= begun and rest and (is_mark or any(said.startswith(rest) for said in self._sentences)):
            return start - begun, False
        return len(text) - begun, False

    def _ends_text(self, sentence: str) -> bool:
        return len(sentence.encode()) >= _LEAST_REPEATED and sentence in self._sentences


def _words(sentence: str) -> str:
    return _ITEM.sub("", sentence, count=1).rstrip()


def last_sentence_end(text: str) -> int:
    """Where the last full sentence or line of `text` ends; 0 if none does. Something must follow a sentence's marks."""
    last = 0
    for found in ends(text):
        # A line is a sentence of its own in a list, unless there is nothing on it.
        if text[last : found.end].strip() if found.is_line else found.end < len(text):
            last = found.end
    return last
