"""What of a summary its document and the cited passages support, without a second model.

Knows: words, numbers and names. Knows nothing of models, indexes and prompts. Deterministic, and in time that grows
with the texts' lengths.
"""

from collections.abc import Sequence

from contract.results import Verification, VerifiedSentence
from splitting.structure import atoms
from verification.copying import copied
from verification.grounding import Grounding, trimmed, without_marks
from verification.names import unsupported_names
from verification.numbers import unsupported_numbers
from verification.subjects import swapped_subjects
from verification.support import evidence

__all__ = ["verify"]


def verify(summary: str, document: str, passages: Sequence[str] = ()) -> Verification:
    """Return what supports each sentence of `summary`, and what of it neither the document nor a passage has.

    Citations such as [1] and placeholders such as [PERSON_1] are not the summary's words and never raise an alarm.
    """
    plain = without_marks(summary)
    source = Grounding([document, *passages])
    spans = [trimmed(plain, atom.start, atom.end) for atom in atoms(plain)]
    spans = [(start, end) for start, end in spans if start < end]
    sentences = [_sentence(plain, start, end, source) for start, end in spans]
    unsupported = [
        *unsupported_numbers(plain, source.texts),
        *unsupported_names(plain, source),
        *(found for start, end in spans for found in swapped_subjects(plain, start, end, source)),
    ]
    unsupported.sort(key=lambda found: (found.start, found.end, found.kind))
    return Verification(sentences=tuple(sentences), unsupported=tuple(unsupported))


def _sentence(summary: str, start: int, end: int, source: Grounding) -> VerifiedSentence:
    text = summary[start:end]
    return VerifiedSentence(
        start=start, end=end, evidence=evidence(text, source), copied=round(copied(text, source), 3)
    )
