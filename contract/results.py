"""What comes out of the pipeline: a summary and what it took, or the totals of many.

Knows: tokens, seconds, passages, findings. Knows nothing of how any of it is made, nor under which names it is told.
"""

from typing import Literal

from pydantic import Field, computed_field

from contract.document import Redaction, Removal
from contract.value import Private, PrivateTerms, Value

FinishReason = Literal["stop", "length"]


class Usage(Value):
    """Tokens of one generation."""

    input_token_count: int
    output_token_count: int


class Round(Value):
    """Prompts that ran beside one another: one for a short document; of a long one its pieces, then each merge."""

    prompts: int
    input_token_count: int
    output_token_count: int


class Progress(Value):
    """How far the prompts of a long document's round are, said from time to time while they run."""

    what: Literal["part", "merge"]
    done: int
    total: int

    def __str__(self) -> str:
        """What a person reads of it."""
        return f"{self.what} {self.done:,} of {self.total:,}"


class Timings(Value):
    """Seconds of one request, all from its arrival in the pipeline unless said otherwise."""

    queue: float  # from arrival in the engine to its first step for this request
    time_to_first_token: float
    generation: float  # from the first token to the last
    total: float
    retrieval: float = 0.0  # the search for passages alone


class Placeholders(Value):
    """What went wrong with redaction in the summary itself. A leaked value was replaced before it was sent."""

    leaked: int  # values of the document, or personal data that the model made up
    invented: int  # placeholders that the document does not have
    damaged: int  # placeholders that the model broke


class Passage(Value):
    """A part of the documentation that stood beside the document. Offsets are code points of the source's clean text.

    Personal data is redacted in it as it is in the document; the offsets are those of the original.
    """

    number: int  # as the summary cites it, from 1 where the document has no such numbers of its own
    source: Private  # its path in the folder that was indexed, or its id
    title: Private
    headings: PrivateTerms
    start: int
    end: int
    score: float
    text: Private
    cited: bool = False


UnsupportedKind = Literal["number", "amount", "date", "name", "subject"]


class Evidence(Value):
    """A sentence of the sources that shares the words of a summary's sentence."""

    passage: int  # from 1; 0: the document
    start: int  # code points in that text
    end: int
    score: float  # 0 to 1: how many of the sentence's words it has, rare ones weighing more


class VerifiedSentence(Value):
    """A sentence of the summary, and what supports it, the best first. Nothing may."""

    start: int  # code points in the summary
    end: int
    evidence: tuple[Evidence, ...]
    copied: float  # 0 to 1: how much of it stands in the sources as it is; 1 is all of it, in one piece
    support: float | None = None  # 0 to 1: how likely the sources say all of it; None: the model was not asked
    unsupported: bool = False  # a rule found something in it, or its support is below the model's threshold


class Unsupported(Value):
    """A place of the summary that the sources do not bear out: they lack it, or say it of another subject."""

    kind: UnsupportedKind
    start: int  # code points in the summary
    end: int


class Asked(Value):
    """What it took to ask the model of a summary's sentences."""

    prompts: int
    input_token_count: int
    cached_token_count: int  # of them: the document, which is computed once
    seconds: float


class Verification(Value):
    """What of a summary its sources support. An alarm: a silent one proves nothing."""

    sentences: tuple[VerifiedSentence, ...]
    unsupported: tuple[Unsupported, ...]  # what rules found
    checked_by: Literal["rules", "rules and model"] = "rules"
    asked: Asked | None = None  # None: by rules alone
    left_out: int = 0  # sentences that were dropped because they are unsupported


class Source(Value):
    """A document's text twice, so that who sent it can be shown what was redacted and which lines were removed."""

    extracted: Private  # as it was read, before redaction and cleaning: what offsets of redactions count
    clean: Private  # as the model saw it


class Serving(Value):
    """What a server runs: why this model, and what its engine runs with."""

    model_reason: str
    device: str
    dtype: str
    attention: str
    fast_paths: list[str]  # what of a GPU's is on, beside flash attention; empty on a CPU


class Summary(Value):
    """What the pipeline ends with: the whole text and what it took."""

    summary: Private
    style: str
    model: str
    finish_reason: FinishReason
    rounds: tuple[Round, ...]
    timings: Timings
    removals: tuple[Removal, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    scripts_not_covered: tuple[str, ...] = ()  # whose names were not looked for, such as "Cyrillic"
    placeholders: Placeholders | None = None  # None: nothing was to be redacted
    passages: tuple[Passage, ...] | None = None  # None: no knowledge was asked for
    removed_citations: int = 0  # of passages that there are not
    verification: Verification | None = None  # None: it was not asked for
    source: Source | None = None  # None: it was not asked for
    serving: Serving | None = Field(default=None, exclude=True)  # for metrics alone; None: nobody said

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to have a property in the JSON
    @property
    def usage(self) -> Usage:
        """Tokens of all rounds."""
        return Usage(
            input_token_count=sum(one.input_token_count for one in self.rounds),
            output_token_count=sum(one.output_token_count for one in self.rounds),
        )


class Totals(Value):
    """What many documents in one prediction took together."""

    succeeded: int = 0
    failed: int = 0
    input_token_count: int = 0
    output_token_count: int = 0
