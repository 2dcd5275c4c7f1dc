"""What shall be summarized and how, and the limits that a request is held to.

Knows: what a request may contain, and that any text of it may come as a data: URL, as tools send a file. Knows nothing
about models, HTTP or files. `predict.py` repeats the limits as literals because Cog reads it statically; a test holds
the two equal. Those of texts are here alone: there they would count a URL's characters.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from contract import data_url
from contract.languages import SAME_LANGUAGE, english_name
from contract.value import Private, PrivateTerms, Value
from errors import UserError

MAX_BYTES = 20_000_000  # of one document or text
MAX_TABLE_BYTES = 1_000_000_000  # of many documents
MAX_KNOWLEDGE_BYTES = 100_000_000  # of an archive: what Replicate takes as an upload
MAX_FILE_BYTES = {"document": MAX_BYTES, "documents": MAX_TABLE_BYTES, "knowledge": MAX_KNOWLEDGE_BYTES}  # by input
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
OUTPUT_FORMATS = ("text", "json", "json_stream")
REDACTIONS = ("off", "mask", "pseudonym")
UNSUPPORTED = ("keep", "mark", "drop")
STRATEGIES = ("auto", "single", "map_reduce")
MAX_PASSAGES = 16
MAX_FILTER_CHARACTERS = 1_000
SOURCES = ("text", "html", "document", "file", "documents")  # where a request's words come from: one of them
OTHER_NAMES = {"prompt": "text", "max_new_tokens": "max_tokens"}  # by which language models' callers call inputs
MAX_TERMS = 100
MAX_TERM_CHARACTERS = 200

_DOCUMENTS = ("text", "html")  # texts that may be a document's
_TEXTS = ("focus", "system_prompt", "knowledge_filter")
_LISTS = ("keep_terms", "redact_terms", "stop_sequences")


class SummaryRequest(Value):
    """What shall be summarized, and how.

    A text that is nothing but a data: URL is what that holds: a `text` or `html` becomes a `file`, another its text, in
    a list an item for each line. Raises UserError (E1001 to E1010, E1015, E1016, E1103) when it is built wrong.
    """

    text: Private = ""
    html: Private = ""  # a page's source
    document: Path | None = None
    file: Annotated[bytes, Field(repr=False)] = b""  # what a document's file holds
    file_name: Private = ""  # its extension is a hint at what `file` is
    documents: Path | None = None  # a table of many
    style: str = "general"
    length: str = "standard"
    focus: Private = ""
    language: str = SAME_LANGUAGE  # of the summary: an English name, whatever name or code was given
    strip_boilerplate: bool = True
    redact_pii: str = "off"
    keep_terms: PrivateTerms = ()  # never redacted, whatever finds them
    redact_terms: PrivateTerms = ()  # always redacted
    use_knowledge: bool = False  # the index that is baked into the image
    knowledge: Path | None = None  # an archive of an index or of documents, in place of the baked one
    max_passages: int = 8  # that stand beside the document
    knowledge_filter: Private = ""  # a JSON object of texts: metadata that a passage must have
    verify: bool = False  # whether to look for what neither document nor passages support
    unsupported: str = "keep"  # what becomes of sentences that neither document nor passages support
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

    @model_validator(mode="before")
    @classmethod
    def _take_what_was_sent(cls, given: dict[str, Any]) -> dict[str, Any]:
        given = by_one_name(given)
        sources = [name for name in SOURCES if _is_there(given.get(name))]
        if len(sources) > 1:
            raise UserError("E1003", f"{' and '.join(sources)} were both given; send one of them")
        return given | _from_data_urls(given)

    @field_validator("document", "documents", "knowledge", mode="before")
    @classmethod
    def _is_a_file_of_ours(cls, value: Any, info: ValidationInfo) -> Any:
        # Cog hands a file that is no URL through as it came: a path on the server that its caller chose.
        if value is not None and not isinstance(value, Path):
            raise UserError(
                "E1004", f"{info.field_name} must be a file, an http(s) URL or a data URL; a path is not read"
            )
        return value

    @field_validator("language")
    @classmethod
    def _is_a_language(cls, value: str) -> str:
        if not value.strip() or value.strip().casefold() == SAME_LANGUAGE:
            return SAME_LANGUAGE
        if name := english_name(value):
            return name
        raise UserError(
            "E1016",
            f"language is {value[:40]!r}; it must be a language's English name or code, such as German, de or pt-BR, "
            f"or {SAME_LANGUAGE!r}",
        )

    @model_validator(mode="after")
    def _hold_to_limits(self) -> "SummaryRequest":
        if not any(_is_there(getattr(self, name)) for name in SOURCES):
            raise UserError("E1001", f"text holds {len(self.text)} characters, none of them visible, and no document")
        for name, size in (("text", _bytes(self.text)), ("html", _bytes(self.html)), ("file", len(self.file))):
            if size > MAX_BYTES:
                raise UserError("E1005", f"{name} is {size:,} bytes; the limit is {MAX_BYTES:,}")
        _check_choice("length", self.length, LENGTHS)
        _check_choice("output_format", self.output_format, OUTPUT_FORMATS)
        _check_choice("redact_pii", self.redact_pii, REDACTIONS)
        _check_choice("strategy", self.strategy, STRATEGIES)
        _check_choice("unsupported", self.unsupported, UNSUPPORTED)
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
    def wants_check(self) -> bool:
        """Whether the summary shall be compared with its sources."""
        return self.verify or self.unsupported != "keep"

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


def by_one_name(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs by their own names, whichever of two the caller used. Raises UserError E1015 where it used both."""
    kept = {name: value for name, value in given.items() if name not in OTHER_NAMES}
    for other, name in OTHER_NAMES.items():
        if not given.get(other):
            continue
        if kept.get(name):
            raise UserError("E1015", f"{name} and {other} are names of one input and were both given; send one")
        kept[name] = given[other]
    return kept


def _from_data_urls(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that are data: URLs, as what those hold. Raises UserError E1004, E1005 and E1103."""
    found: dict[str, Any] = {}
    for name in _DOCUMENTS:
        if _is_data_url(given.get(name)):
            content = data_url.read(given[name], name, MAX_BYTES)
            found |= {name: "", "file": content.data, "file_name": f"{name}{content.suffix}"}
    for name in _TEXTS:
        if _is_data_url(given.get(name)):
            found[name] = data_url.text(given[name], name, MAX_BYTES)
    for name in _LISTS:
        items = given.get(name)
        if isinstance(items, list | tuple) and any(map(_is_data_url, items)):
            found[name] = tuple(line for item in items for line in _lines(item, name))
    return found


def _lines(item: Any, name: str) -> list[Any]:
    """Return an item of a list, or in place of a data: URL the lines of what it holds."""
    if not _is_data_url(item):
        return [item]
    return [line for line in data_url.text(item, name, MAX_BYTES).splitlines() if line.strip()]


def _is_data_url(value: Any) -> bool:
    return isinstance(value, str) and data_url.is_one(value)


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
