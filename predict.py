"""The one typed entrypoint of the package.

Knows: the inputs and their descriptions, as literals, because `cog build` reads this file without running it.
Knows nothing about how a summary comes to be: that is `pipeline.py`.
"""

import asyncio
from typing import Optional

import cog
from cog import BasePredictor, ConcatenateIterator, Input, Path

from pipeline import Pipeline
from serving import core_dumps, files, streaming

LOG_SECONDS = 0.2  # Cog drops what of a setup's log has not reached it when it hears that the setup is over


class Predictor(BasePredictor):
    """Summarize a document, in a style, as a stream."""

    async def setup(self, weights: Optional[Path] = None) -> None:
        """Load the model, check that streams can be cancelled, and generate once."""
        core_dumps.forbid()
        files.take_urls_as_text(type(self).predict)
        await streaming.enable_cancel()
        self.pipeline = await Pipeline.load(weights)
        await asyncio.sleep(LOG_SECONDS)

    def healthcheck(self) -> bool:
        """Whether the engine can take work, told to `/health-check`."""
        return self.pipeline.is_healthy()

    @cog.streaming
    @cog.concurrent(max=32)
    async def predict(
        self,
        text: str = Input(
            description="The text to summarize, or a file as a data URL. Leave empty when a document is given.",
            default="",
        ),
        document: Optional[Path] = Input(
            description="A file to summarize: plain text, Markdown, HTML, PDF, DOCX or email, at most 20 MB.",
            default=None,
        ),
        documents: Optional[Path] = Input(
            description="Many documents: JSON, CSV, Parquet, Excel of id and text, html or file. A line answers each.",
            default=None,
        ),
        style: str = Input(
            description="Whom the summary is for: each style is a file in styles/.",
            default="general",
            choices=["abstract", "bullets", "casual", "executive", "general", "legal", "minutes", "news", "tldr"],
        ),
        length: str = Input(
            description="How much to say. Each style defines what its lengths mean.",
            default="standard",
            choices=["brief", "standard", "detailed"],
        ),
        focus: str = Input(
            description="A question or topic to concentrate on, at most 1000 characters. Empty for the whole document.",
            default="",
        ),
        language: str = Input(
            description="The summary's: a language's English name or code, such as German or de.",
            default="same as the document",
        ),
        strip_boilerplate: bool = Input(
            description="Leave out navigation, banners, signatures, page numbers and the like.",
            default=True,
        ),
        redact_pii: str = Input(
            description="Replace personal data: mask writes [PERSON], pseudonym a stable [PERSON_1].",
            default="off",
            choices=["off", "mask", "pseudonym"],
        ),
        keep_terms: list[str] = Input(
            description="Terms that are never redacted, at most 100 of at most 200 characters.",
            default=[],
        ),
        redact_terms: list[str] = Input(
            description="Terms that are always redacted when redact_pii is on, at most 100 of at most 200 characters.",
            default=[],
        ),
        use_knowledge: bool = Input(
            description="Explain names and terms from the index that is baked into the image, and cite it: [1].",
            default=False,
        ),
        knowledge: Optional[Path] = Input(
            description="Your own: an archive (tar, zip) of an index, or of documents. It goes before the baked one.",
            default=None,
        ),
        max_passages: int = Input(
            description="The most passages of the documentation that stand beside the document.",
            default=8,
            ge=1,
            le=16,
        ),
        knowledge_filter: str = Input(
            description="Only passages with this metadata: a JSON object of texts, at most 1000 characters.",
            default="",
        ),
        verify: bool = Input(
            description="Compare each sentence with document and passages: its support, and alarms; see json output.",
            default=False,
        ),
        unsupported: str = Input(
            description="Sentences that the check doubts: keep them, mark them as [unsupported], or drop them.",
            default="keep",
            choices=["keep", "mark", "drop"],
        ),
        max_tokens: int = Input(
            description="The most tokens to generate; 0 takes what style and length ask for.",
            default=0,
            ge=0,
            le=4096,
        ),
        max_input_tokens: int = Input(
            description="The most tokens that all prompts of one document may have together; 0 is no limit.",
            default=0,
            ge=0,
            le=1000000000,
        ),
        strategy: str = Input(
            description="A document over the context is split, summarized in parts and merged; single refuses it.",
            default="auto",
            choices=["auto", "single", "map_reduce"],
        ),
        temperature: float = Input(
            description="Randomness. 0 always takes the likeliest token and gives the same summary every time.",
            default=0.0,
            ge=0.0,
            le=2.0,
        ),
        top_p: Optional[float] = Input(
            description="Sample from the likeliest tokens that together have this probability. Empty: the style's.",
            default=None,
            ge=0.01,
            le=1.0,
        ),
        top_k: Optional[int] = Input(
            description="Sample from this many of the likeliest tokens. Empty: the style's.",
            default=None,
            ge=1,
            le=256,
        ),
        seed: Optional[int] = Input(
            description="With a temperature: the same seed and input give the same text, whatever else is running.",
            default=None,
            ge=0,
            le=2147483647,
        ),
        stop_sequences: list[str] = Input(
            description="Texts to stop at, at most 8 of at most 100 characters. They are not part of the summary.",
            default=[],
        ),
        system_prompt: str = Input(
            description="Replaces the style's instructions: at most 8000 characters. The document stays fenced.",
            default="",
        ),
        output_format: str = Input(
            description="text streams; json gives one object: summary, usage, timings; json_stream both, in lines.",
            default="text",
            choices=["text", "json", "json_stream"],
        ),
        prompt: str = Input(description="Another name of text, which much code for language models sends.", default=""),
        max_new_tokens: int = Input(
            description="Another name of max_tokens.",
            default=0,
            ge=0,
            le=4096,
        ),
    ) -> ConcatenateIterator[str]:
        """Summarize one document and stream the summary, or many and stream a line for each."""
        items = files.stream(
            self.pipeline.stream,
            text=text,
            document=document,
            documents=documents,
            style=style,
            length=length,
            focus=focus,
            language=language,
            strip_boilerplate=strip_boilerplate,
            redact_pii=redact_pii,
            keep_terms=tuple(keep_terms),
            redact_terms=tuple(redact_terms),
            use_knowledge=use_knowledge,
            knowledge=knowledge,
            max_passages=max_passages,
            knowledge_filter=knowledge_filter,
            verify=verify,
            unsupported=unsupported,
            max_tokens=max_tokens,
            max_input_tokens=max_input_tokens,
            strategy=strategy,
            temperature=temperature,
            top_p=top_p,
            top_k=top_k,
            seed=seed,
            stop_sequences=tuple(stop_sequences),
            system_prompt=system_prompt,
            output_format=output_format,
            prompt=prompt,
            max_new_tokens=max_new_tokens,
        )
        return await streaming.start(items, self.scope, in_blocks=documents is not None)
