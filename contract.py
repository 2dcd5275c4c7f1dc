"""The nouns that the rooms exchange, and the limits that a request is held to.

Knows: what a request may contain and what a summary consists of. Knows nothing about models, HTTP or files.
`predict.py` repeats the limits as literals because Cog reads it statically; a test holds the two equal.
"""

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, computed_field, field_validator, model_validator

from errors import UserError

MAX_BYTES = 20_000_000  # of one document or text
MAX_FOCUS_CHARACTERS = 1_000
MAX_SYSTEM_PROMPT_CHARACTERS = 8_000
MAX_OUTPUT_TOKENS = 4_096
MAX_INPUT_TOKENS = 1_000_000_000  # of what max_input_tokens can be set to
MAX_TEMPERATURE = 2.0
MIN_TOP_P = 0.01
MAX_TOP_K = 256
MAX_SEED = 2**31 - 1
MAX_STOP_SEQUENCES = 8
MAX_STOP_CHARACTERS = 100

LENGTHS = ("brief", "standard", "detailed")
OUTPUT_FORMATS = ("text", "json")
REDACTIONS = ("off", "mask", "pseudonym")
STRATEGIES = ("auto", "single", "map_reduce")
MAX_PASSAGES = 16
MAX_FILTER_CHARACTERS = 1_000
SOURCES = ("text", "html", "document", "file", "documents")  # where a request's words come from: one of them
MAX_TERMS = 100
MAX_TERM_CHARACTERS = 200
FinishReason = Literal["stop", "length"]
Metrics = dict[str, str | int | float | list[int]]


Private = Annotated[str, Field(repr=False)]  # what a log or a traceback must never show
PrivateTerms = Annotated[tuple[str, ...], Field(repr=False)]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class SummaryRequest(_Value):
    """What shall be summarized, and how. Raises UserError (E1001 to E1010) when it is built wrong."""

    text: Private = ""
    html: Private = ""  # a page's source
    document: Path | None = None
    file: Annotated[bytes, Field(repr=False)] = b""  # what a document's file holds
    file_name: Private = ""  # its extension is a hint at what `file` is
    documents: Path | None = None  # a table of many
    style: str = "general"
    length: str = "standard"
    focus: Private = ""
    strip_boilerplate: bool = True
    redact_pii: str = "off"
    keep_terms: PrivateTerms = ()  # never redacted, whatever finds them
    redact_terms: PrivateTerms = ()  # always redacted
    use_knowledge: bool = False  # the index that is baked into the image
    knowledge: Path | None = None  # an archive of an index or of documents, in place of the baked one
    max_passages: int = 8  # that stand beside the document
    knowledge_filter: Private = ""  # a JSON object of texts: metadata that a passage must have
    verify: bool = False  # whether to look for what neither document nor passages support
    max_tokens: int = 0  # 0: what the style and length ask for
    max_input_tokens: int = 0  # of all prompts together; 0: any number
    strategy: str = "auto"  # what becomes of a document that is longer than the context
    temperature: float = 0.0  # 0: greedy
    top_p: float | None = None  # None: the style's
    top_k: int | None = None  # None: the style's
    seed: int | None = None
    stop_sequences: tuple[str, ...] = ()
    system_prompt: Private = ""  # replaces the style's instructions when not empty
    output_format: str = "text"

    @field_validator("document", "documents", "knowledge", mode="before")
    @classmethod
    def _is_a_file_of_ours(cls, value: Any, info: ValidationInfo) -> Any:
        # Cog hands a file that is no URL through as it came: a path on the server that its caller chose.
        if value is not None and not isinstance(value, Path):
            raise UserError(
                "E1004", f"{info.field_name} must be a file, an http(s) URL or a data URL; a path is not read"
            )
        return value

    @model_validator(mode="after")
    def _hold_to_limits(self) -> "SummaryRequest":
        given = [name for name in SOURCES if _is_there(getattr(self, name))]
        if len(given) > 1:
            raise UserError("E1003", f"{' and '.join(given)} were both given; send one of them")
        if not given:
            raise UserError("E1001", f"text holds {len(self.text)} characters, none of them visible, and no document")
        for name, size in (("text", _bytes(self.text)), ("html", _bytes(self.html)), ("file", len(self.file))):
            if size > MAX_BYTES:
                raise UserError("E1005", f"{name} is {size:,} bytes; the limit is {MAX_BYTES:,}")
        _check_choice("length", self.length, LENGTHS)
        _check_choice("output_format", self.output_format, OUTPUT_FORMATS)
        _check_choice("redact_pii", self.redact_pii, REDACTIONS)
        _check_choice("strategy", self.strategy, STRATEGIES)
        _check_terms("keep_terms", self.keep_terms)
        _check_terms("redact_terms", self.redact_terms)
        _check("focus", len(self.focus), 0, MAX_FOCUS_CHARACTERS, " characters")
        _check("system_prompt", len(self.system_prompt), 0, MAX_SYSTEM_PROMPT_CHARACTERS, " characters")
        _check("max_passages", self.max_passages, 1, MAX_PASSAGES)
        _check("knowledge_filter", len(self.knowledge_filter), 0, MAX_FILTER_CHARACTERS, " characters")
        _ = self.passage_filter
        _check("max_tokens", self.max_tokens, 0, MAX_OUTPUT_TOKENS)
        _check("max_input_tokens", self.max_input_tokens, 0, MAX_INPUT_TOKENS)
        _check("temperature", self.temperature, 0.0, MAX_TEMPERATURE)
        if self.top_p is not None:
            _check("top_p", self.top_p, MIN_TOP_P, 1.0)
        if self.top_k is not None:
            _check("top_k", self.top_k, 1, MAX_TOP_K)
        if self.seed is not None:
            _check("seed", self.seed, 0, MAX_SEED)
        self._check_stop_sequences()
        return self

    @property
    def wants_knowledge(self) -> bool:
        """Whether passages shall stand beside the document."""
        return self.use_knowledge or self.knowledge is not None

    @property
    def passage_filter(self) -> dict[str, str]:
        """What `knowledge_filter` says. Raises UserError E4006 unless it is a JSON object of texts, or empty."""
        if not self.knowledge_filter.strip():
            return {}
        try:
            wanted = json.loads(self.knowledge_filter)
        except (ValueError, RecursionError) as error:
            place = f"at character {error.pos:,}" if isinstance(error, json.JSONDecodeError) else "anywhere"
            raise UserError(
                "E4006", f"knowledge_filter, {len(self.knowledge_filter)} characters, is no JSON {place}"
            ) from None
        if not isinstance(wanted, dict) or not all(isinstance(value, str) for value in wanted.values()):
            raise UserError("E4006", 'knowledge_filter must be a JSON object of texts, such as {"product": "x"}')
        return wanted

    def _check_stop_sequences(self) -> None:
        if len(self.stop_sequences) > MAX_STOP_SEQUENCES:
            raise UserError("E1010", f"{len(self.stop_sequences)} stop sequences; the limit is {MAX_STOP_SEQUENCES}")
        for position, stop in enumerate(self.stop_sequences, start=1):
            if not 1 <= len(stop) <= MAX_STOP_CHARACTERS:
                raise UserError(
                    "E1010",
                    f"stop sequence {position} has {len(stop)} characters; it must have 1 to {MAX_STOP_CHARACTERS}",
                )


def _is_there(source: Path | str | bytes | None) -> bool:
    return bool(source.strip()) if isinstance(source, str) else bool(source)


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _check(name: str, value: float, low: float, high: float, unit: str = "") -> None:
    """Raise E1009 with both numbers unless low <= value <= high. NaN fails too."""
    if not low <= value <= high:
        raise UserError("E1009", f"{name} is {value:,}{unit}; it must be {low:,} to {high:,}")


def _check_choice(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Raise E1009 unless `value` is one of `choices`."""
    if value not in choices:
        raise UserError("E1009", f"{name} is {value[:40]!r}; it must be one of {', '.join(choices)}")


def _check_terms(name: str, terms: tuple[str, ...]) -> None:
    """Raise E1009 unless there are few enough terms, none of them empty or huge."""
    _check(name, len(terms), 0, MAX_TERMS, " terms")
    for position, term in enumerate(terms, start=1):
        _check(f"{name}, term {position}", len(term.strip()), 1, MAX_TERM_CHARACTERS, " characters")


class Removal(_Value):
    """Boilerplate that a normalizer took out."""

    kind: str  # such as "navigation", "signature", "cookie banner"
    characters: int


class Redaction(_Value):
    """One piece of personal data that was replaced. Never the value."""

    type: str  # such as "PERSON"
    start: int  # code points in the extracted text, before anything was replaced
    end: int
    detector: str
    score: float


class Document(_Value):
    """A document on its way through the normalizers, and what they took out of it."""

    text: Private
    media_type: str  # what it was made from, such as "text/html"
    removals: tuple[Removal, ...] = ()
    redactions: tuple[Redaction, ...] = ()


class Usage(_Value):
    """Tokens of one generation."""

    input_token_count: int
    output_token_count: int


class Round(_Value):
    """Prompts that ran beside one another: one for a short document; of a long one its pieces, then each merge."""

    prompts: int
    input_token_count: int
    output_token_count: int


class Timings(_Value):
    """Seconds of one request, all from its arrival in the pipeline unless said otherwise."""

    queue: float  # from arrival in the engine to its first step for this request
    time_to_first_token: float
    generation: float  # from the first token to the last
    total: float
    retrieval: float = 0.0  # the search for passages alone


class Placeholders(_Value):
    """What went wrong with redaction in the summary itself. A leaked value was replaced before it was sent."""

    leaked: int  # values of the document, or personal data that the model made up
    invented: int  # placeholders that the document does not have
    damaged: int  # placeholders that the model broke


class Passage(_Value):
    """A part of the documentation that stood beside the document. Offsets are code points of the source's clean text.

    Personal data is redacted in it as it is in the document; the offsets are those of the original.
    """

    number: int  # as the summary cites it, from 1
    source: Private  # its path in the folder that was indexed, or its id
    title: Private
    headings: PrivateTerms
    start: int
    end: int
    score: float
    text: Private
    cited: bool = False


UnsupportedKind = Literal["number", "amount", "date", "name", "subject"]


class Evidence(_Value):
    """A sentence of the sources that shares the words of a summary's sentence."""

    passage: int  # from 1; 0: the document
    start: int  # code points in that text
    end: int
    score: float  # 0 to 1: how many of the sentence's words it has, rare ones weighing more


class VerifiedSentence(_Value):
    """A sentence of the summary, and what supports it, the best first. Nothing may."""

    start: int  # code points in the summary
    end: int
    evidence: tuple[Evidence, ...]


class Unsupported(_Value):
    """A place of the summary that the sources do not bear out: they lack it, or say it of another subject."""

    kind: UnsupportedKind
    start: int  # code points in the summary
    end: int


class Verification(_Value):
    """What of a summary its sources support. An alarm and never a score: a silent one proves nothing."""

    sentences: tuple[VerifiedSentence, ...]
    unsupported: tuple[Unsupported, ...]


class Summary(_Value):
    """What the pipeline ends with: the whole text and what it took."""

    summary: Private
    style: str
    model: str
    finish_reason: FinishReason
    rounds: tuple[Round, ...]
    timings: Timings
    removals: tuple[Removal, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    placeholders: Placeholders | None = None  # None: nothing was to be redacted
    passages: tuple[Passage, ...] | None = None  # None: no knowledge was asked for
    removed_citations: int = 0  # of passages that there are not
    verification: Verification | None = None  # None: it was not asked for

    @computed_field  # type: ignore[prop-decorator]  # pydantic's own way to have a property in the JSON
    @property
    def usage(self) -> Usage:
        """Tokens of all rounds."""
        return Usage(
            input_token_count=sum(one.input_token_count for one in self.rounds),
            output_token_count=sum(one.output_token_count for one in self.rounds),
        )

    def metrics(self) -> Metrics:
        """The numbers of this summary under the names that Replicate's users know, seconds and tokens."""
        seconds = self.timings.generation
        final = self.rounds[-1]  # the one that streamed
        metrics: Metrics = {
            "input_token_count": self.usage.input_token_count,
            "output_token_count": self.usage.output_token_count,
            "time_to_first_token": self.timings.time_to_first_token,
            "queue_time": self.timings.queue,
            "generation_time": seconds,
            "tokens_per_second": round((final.output_token_count - 1) / seconds, 2) if seconds > 0 else 0.0,
            "finish_reason": self.finish_reason,
            "model": self.model,
            "style": self.style,
            "removed_characters": sum(removal.characters for removal in self.removals),
            "piece_count": self.rounds[0].prompts,
            "round_count": len(self.rounds),
            "round_input_token_counts": [one.input_token_count for one in self.rounds],
        }
        if self.placeholders is not None:
            metrics["redaction_count"] = len(self.redactions)
            metrics |= {f"{name}_placeholders": count for name, count in self.placeholders.model_dump().items()}
        if self.passages is not None:
            metrics["retrieval_time"] = self.timings.retrieval
            metrics["passage_count"] = len(self.passages)
            metrics["cited_passage_count"] = sum(passage.cited for passage in self.passages)
            metrics["removed_citation_count"] = self.removed_citations
        if self.verification is not None:
            metrics["unsupported_count"] = len(self.verification.unsupported)
        return metrics


class Totals(_Value):
    """What many documents in one prediction took together."""

    succeeded: int = 0
    failed: int = 0
    input_token_count: int = 0
    output_token_count: int = 0

    def metrics(self) -> Metrics:
        """The numbers under the names of a single summary's where there are such."""
        return {
            "document_count": self.succeeded + self.failed,
            "failed_count": self.failed,
            "input_token_count": self.input_token_count,
            "output_token_count": self.output_token_count,
        }
