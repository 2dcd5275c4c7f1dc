"""What can go wrong, apart by whose doing it was.

Knows: every stable code, what it means and what to do about it. Knows nothing about stages, models or HTTP.
A `UserError` is what the caller did and may state the caller's numbers; a `Fault` is what we did and
states nothing but its code and a sentence. Neither ever carries document text.
"""

import logging
import traceback
from pathlib import Path
from typing import ClassVar

log = logging.getLogger("precis.errors")

_OF_DEVICES = ("CUDA error", "CUDA out of memory", "cuDNN error", "[enforce fail at alloc_cpu.cpp")

USER_ERRORS = {
    "E1001": ("No input", "`text` is empty and no `document` or `documents` was given. Send one of them."),
    "E1002": (
        "Document too long",
        "Prompt and answer do not fit the model's context, or all prompts together are over `max_input_tokens`. "
        "Shorten the document or `max_tokens`, raise `max_input_tokens`, or let `strategy` be `auto`.",
    ),
    "E1003": ("Two inputs", "More than one of `text`, `document` and `documents` was given. Send one of them."),
    "E1004": ("Unreadable document", "The file is missing, is not a file, or is not text in a known encoding."),
    "E1005": ("Document too large", "The file or text is over the size limit. Nothing of it was read."),
    "E1006": (
        "Unsupported document",
        "The file's type is not one that can be read, or it is an XFA form: print it to a PDF.",
    ),
    "E1007": (
        "No text in the document",
        "Without markup nothing is left to summarize, a PDF's fonts say not what its text is, or a mail has none.",
    ),
    "E1008": ("Unknown style", "`style` names no file in `styles/`."),
    "E1009": ("Value out of range", "An input is outside its limits; the message names both."),
    "E1010": ("Bad stop sequence", "A stop sequence is empty, too long, or there are too many."),
    "E1011": ("Unreadable file", "The file is encrypted, broken, empty, or not what it says it is."),
    "E1012": ("File too complicated", "The file has too many pages or parts, or unpacks to too much."),
    "E1013": ("Bad row", "A row of a file of many cannot be read, or lacks what it must have. The others go on."),
    "E1014": ("Unreadable table", "It is no JSON, CSV, Parquet or Excel, or breaks off at the line named."),
    "E1015": (
        "Two names",
        "`prompt` is another name of `text`, `max_new_tokens` of `max_tokens`. Send one.",
    ),
    "E1016": (
        "Unknown language",
        "`language` is none. Send its English name or its code (`German`, `de`, `pt-BR`), or `same as the document`.",
    ),
    "E1017": (
        "Nothing supported",
        "`unsupported` is `drop`, and every sentence of the summary was dropped. `mark` shows them.",
    ),
    "E1018": (
        "Script not covered",
        "PRECIS_REDACT_UNCOVERED is `refuse`, and the text has words in a script in which no names are found; the "
        "message names it and counts them. `report` redacts what can be found and says so.",
    ),
    "E1101": ("URL not fetched", "The URL of a file leads nowhere, or its server sent no such file in time."),
    "E1102": (
        "Address not public",
        "The URL of a file leads to this machine or its network. PRECIS_ALLOW_PRIVATE_URLS=1 on the server allows it.",
    ),
    "E1103": ("Broken data URL", "What comes after `data:` is no base64, or has no comma."),
    "E2001": (
        "Unknown model",
        "PRECIS_MODEL, PRECIS_NAMES_MODEL or PRECIS_EMBEDDING_MODEL is no alias, folder or `owner/name@revision`, or "
        "of the wrong kind.",
    ),
    "E2002": ("Digest mismatch", "A downloaded file is not the pinned one. It was not loaded; pull again."),
    "E2003": ("Weights missing", "The model's files are not here, or not all of them. Run `precis weights pull`."),
    "E2004": ("Download failed", "The source of the weights did not answer or sent something else."),
    "E2005": (
        "Too little memory",
        "The machine or the container has less memory than the model needs; the message has both, and what helps.",
    ),
    "E2006": (
        "Slow on this card",
        "Flash attention, CUDA graphs, async batching or block tables are off, by which a card is fast. The message "
        "says which and why. PRECIS_ALLOW_SLOW=1 serves all the same.",
    ),
    "E2007": (
        "Model cannot be served",
        "The engine has no room for the state that this kind of model keeps, or nobody knows it. The message says "
        "which; nothing large was fetched.",
    ),
    "E2008": ("vLLM not installed", "PRECIS_ENGINE=vllm needs the packages of `requirements-vllm.txt`. Install them."),
    "E3001": ("No server", "No Precis server answers at this address. Start one with `precis serve`."),
    "E3002": ("Server busy", "Every place of the server was taken for as long as the client was willing to wait."),
    "E3003": ("Port taken", "Something listens on this address already. Stop it, or choose another with `--port`."),
    "E3004": ("Bad id", "A prediction's id must be 1 to 64 of the characters A-Z a-z 0-9 . _ - and have no `..`."),
    "E3005": ("Id in use", "A prediction with this id is under way. Wait for it, or send another id or none."),
    "E3006": ("No request", "The request is not HTTP/1.1, its body is no JSON object, or it is too large."),
    "E3007": ("No folder", "Cog's folder in /tmp belongs to another user, so that every prediction would fail."),
    "E3101": (
        "Bad faults",
        "The file of `--faults` is missing, no TOML, or has what it may not have.",
    ),
    "E3102": ("API not installed", "`--replicate-api` needs the packages of `requirements-api.txt`. Install them."),
    "E4001": ("No knowledge", "`use_knowledge` is on, but no index is baked in. Build one, or send it as `knowledge`."),
    "E4002": (
        "Unreadable knowledge",
        "It is no index that `precis knowledge build` made, is damaged, or is of another format. Build it again.",
    ),
    "E4003": ("Other embedding model", "The index was made with another embedding model than the one that is here."),
    "E4004": ("Unsafe archive", "The archive has links, paths that lead out of it, or unpacks to too much."),
    "E4005": ("Too much to index", "Raw documents are over what is indexed on the fly. Build the index and send that."),
    "E4006": ("Bad filter", "`knowledge_filter` is no JSON object of texts, or names a field that no passage has."),
    "E6001": ("Ledger in use", "Another process runs this batch; the message names it. `precis batch status` works."),
    "E6002": ("Not this ledger", "OUT and its ledger do not belong together, or the ledger is none. Name another OUT."),
    "E6003": ("Duplicate id", "A line before has the same id; the message names both. Only the first is summarized."),
    "E6004": ("Input changed", "INPUT is not what it was when the run began. Start the same command again."),
    "E6005": ("Token refused", "The target does not know the token. Nothing was tried again."),
    "E6006": ("No such target", "It is no target that there is, or its model, version or deployment is gone."),
    "E6007": (
        "Options refused",
        "The model refuses what is asked of all documents, so all would fail; or Replicate what a deployment is to be.",
    ),
    "E6008": ("Ray not installed", "The target `ray` needs the packages of `requirements-ray.txt`. Install them."),
    "E7001": ("Token refused", "No token was sent, or none that is known, or one that has expired or was revoked."),
    "E7002": ("Not for this token", "The token has not the scope that this route needs; the message names both."),
    "E7003": (
        "Option not for this token",
        "The token may not use this style or option; the message names those it may.",
    ),
    "E7004": ("Body too large", "The request's body is over the limit. Nothing of it was read."),
    "E7005": ("Header is no option", "A header `X-Summary-…` names no input of the model."),
    "E7006": ("Unreadable request", "The body is no JSON object and no form, or has what no input of the model is."),
    "E7007": (
        "Too fast",
        "The token has used up its requests, or its model tokens, of this minute. See `Retry-After`.",
    ),
    "E7008": ("Queue full", "Every place is taken and as many requests wait as may. See `Retry-After`."),
    "E7009": ("Key used before", "The `Idempotency-Key` was used for another request within a day. Send a new one."),
    "E7010": ("Key in use", "The request with this `Idempotency-Key` is under way. Ask again in a moment."),
    "E7011": ("No such job", "The token has no job of this id."),
    "E7012": ("Bad cursor", "It is no place in this job's results. Use a `next` that the job gave, or leave it out."),
    "E7013": ("Too many jobs", "The token has as many jobs under way as it may; the message has both numbers."),
    "E7014": ("No such route", "There is nothing at this path, or not with this method. See `/docs`."),
    "E7101": ("Bad settings", "A setting of the gateway is missing, of the wrong type or not to be read."),
    "E7102": ("Open to all", "Without a token the gateway listens on this machine only. `precis tokens create` first."),
    "E7103": ("No such token", "`precis tokens list` shows those that there are."),
    "E7104": ("Gateway not installed", "It needs the packages of `requirements-gateway.txt`. Install them."),
    "E7105": ("Database not usable", "The gateway's database does not answer, or was made by a newer Precis."),
    "E8001": ("Cog not found", "An image is built by Cog's command line. Install it; the message says where it is."),
    "E8002": ("Cog too old", "The message names the version that is here and the one that is too old."),
    "E8003": (
        "Not committed",
        "An image is built from what is committed. Commit, or build without what is not: `make image DIRTY=1`.",
    ),
    "E8004": ("No such image", "The file is not here, or does not say in PRECIS_IMAGE_MODELS what the image carries."),
}

FAULTS = {
    "E5000": ("Internal fault", "Something in Precis failed. The log has the place; the document is in no log."),
    "E5001": ("Engine stopped", "The generation engine died under this request and is being restarted. Send it again."),
    "E5002": ("Deadline passed", "The engine did not finish this request in its time. Send it again, or shorten it."),
    "E5003": ("Engine unavailable", "The engine is not running. `/health-check` says so too."),
    "E5004": ("Redaction failed", "Personal data could not be looked for, so nothing was summarized."),
    "E5005": ("Part failed", "A part of a long document failed twice. The message names the part. Send it again."),
    "E5006": (
        "Cannot write",
        "A disk is full, or a folder is not writable. The message says what was written.",
    ),
    "E5007": (
        "Document took too long",
        "Reading, redacting, planning or checking it was ended after its time; the message has the limit. Send it in "
        "parts, or without `redact_pii`.",
    ),
    "E5008": ("Server ending", "The server finishes what it has and takes nothing new. Send it to another."),
    "E5009": (
        "Document breaks predictions",
        "In a batch, every prediction that had this document alone broke off, or said nothing of it.",
    ),
    "E5010": ("Job stopped", "The process of a job ended before the job was done. `resume()` goes on where it was."),
    "E5011": ("No model answers", "None of the gateway's upstreams answers. Nothing was begun. Send it again."),
    "E5012": ("Upstream speaks nonsense", "What an upstream of the gateway sent is no answer of a model's."),
}


class PrecisError(Exception):
    """An error with a stable code; `str()` of it is what the caller sees."""

    codes: ClassVar[dict[str, tuple[str, str]]] = {}

    def __init__(self, code: str, detail: str = "") -> None:
        """Make the error `code`; `detail` must hold numbers and names of inputs, never document text."""
        title, _ = self.codes[code]
        self.code = code
        self._detail = detail
        super().__init__(f"{code} {detail or title.lower()}")

    def __reduce__(self) -> tuple[type["PrecisError"], tuple[str, str]]:  # how it comes back from another process
        return type(self), (self.code, self._detail)


class UserError(PrecisError):
    """What the caller did: the request is at fault and the same request will fail again."""

    codes = USER_ERRORS


class Fault(PrecisError):  # noqa: N818 (an outage, not an error of the caller)
    """What we did: the request may be fine; sending it again may work."""

    codes = FAULTS


def public(error: Exception) -> PrecisError:
    """The error as a caller may see it. Of ours all; of others nothing, since their text may quote the document."""
    if isinstance(error, PrecisError):
        return error
    log.error("fault: %s", trace(error))
    return Fault("E5000")


def trace(error: BaseException) -> str:
    """An error's type and where it comes from, the innermost place first. Never its text, which may quote a document.

    Of its text is there what a device or an allocator says of itself: states and sizes.
    """
    text = str(error).partition("\n")[0]
    said = f" ({text})" if text.startswith(_OF_DEVICES) else ""
    frames = reversed(traceback.extract_tb(error.__traceback__))
    places = (f"{_in_library(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
    return " < ".join((f"{type(error).__name__}{said}", *places))


def _in_library(file: str) -> str:
    """A file's path from its library's name on, or from this project's folder."""
    path = Path(file)
    parents = [parent for parent in path.parents if parent.name in ("site-packages", "dist-packages")]
    root = parents[0] if parents else Path(__file__).parent
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name


def as_json(error: Exception) -> dict[str, str]:
    """The same as a line of output has it."""
    shown = public(error)
    return {"code": shown.code, "message": str(shown)}


def markdown() -> str:
    """The table of codes as `docs/errors.md` shows it."""
    lines = ["# Error codes", "", "Made by `python -m errors > docs/errors.md`; `errors.py` is where they live.", ""]
    sections = {"What the caller did": USER_ERRORS, "What we did": FAULTS}
    for heading, codes in sections.items():
        lines += [f"## {heading}", "", "| code | what | meaning, and what to do |", "|---|---|---|"]
        lines += [f"| {code} | {title} | {advice} |" for code, (title, advice) in codes.items()]
        lines += [""]
    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown(), end="")
