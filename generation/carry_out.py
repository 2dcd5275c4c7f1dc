"""From a plan to the answer that it is for.

Knows: the two kinds of plans, what generates each, and whose sampling goes before whose. Knows nothing of engines.
"""

from functools import partial
from typing import Any

from generation import openings
from generation.generation import Generation, Generator, Sampling
from generation.guarded import Guarded, guarded
from generation.long_documents import Plan, Planner
from generation.map_reduce import MapReduce
from generation.prompts import Prompt, PromptTemplate

Answer = Generation | Guarded | MapReduce


def carry_out(plan: Prompt | Plan, text: str, engine: Generator, *, bulk: bool) -> Answer:
    """Return the answer that is planned for `text`, ready to be generated. Blocks as long as a tokenizer does."""
    sampling = _sampling(plan.template, text)
    if isinstance(plan, Prompt):
        return guarded(partial(engine.stream, sampling=sampling, bulk=bulk), plan)
    return MapReduce(engine, Planner(plan.template, engine.context_length), plan, text, sampling, bulk=bulk)


def _sampling(template: PromptTemplate, text: str) -> Sampling:
    """The request's sampling, with the style's where the request leaves it open, for an answer about `text`."""
    request, style = template.request, template.style
    seed: dict[str, Any] = {} if request.seed is None else {"seed": request.seed}
    return Sampling(
        max_new_tokens=template.answer_tokens,
        temperature=request.temperature,
        top_p=style.sampling.top_p if request.top_p is None else request.top_p,
        top_k=style.sampling.top_k if request.top_k is None else request.top_k,
        stop_sequences=request.stop_sequences,
        openings=openings.forbidden(template.load_tokenizer(), text),
        **seed,
    )
