"""The names under which Replicate's users know what a prediction took.

Knows: results, and the names of metrics, which are public: they stay. Knows nothing of how any of it was measured.
"""

from contract.results import Summary, Totals, Verification

Metrics = dict[str, str | int | float | list[int]]


def metrics_of(result: Summary | Totals) -> Metrics:
    """Return the numbers of one summary, or of many together, in tokens and seconds."""
    return _of_many(result) if isinstance(result, Totals) else _of_one(result)


def _of_one(summary: Summary) -> Metrics:
    seconds = summary.timings.generation
    final = summary.rounds[-1]  # the one that streamed
    metrics: Metrics = {
        "input_token_count": summary.usage.input_token_count,
        "output_token_count": summary.usage.output_token_count,
        "time_to_first_token": summary.timings.time_to_first_token,
        "queue_time": summary.timings.queue,
        "generation_time": seconds,
        "tokens_per_second": round((final.output_token_count - 1) / seconds, 2) if seconds > 0 else 0.0,
        "finish_reason": summary.finish_reason,
        "model": summary.model,
        "style": summary.style,
        "removed_characters": sum(removal.characters for removal in summary.removals),
        "piece_count": summary.rounds[0].prompts,
        "round_count": len(summary.rounds),
        "round_input_token_counts": [one.input_token_count for one in summary.rounds],
    }
    if summary.serving is not None:
        metrics |= summary.serving.model_dump()
    if summary.placeholders is not None:
        metrics["redaction_count"] = len(summary.redactions)
        metrics |= {f"{name}_placeholders": count for name, count in summary.placeholders.model_dump().items()}
    if summary.passages is not None:
        metrics["retrieval_time"] = summary.timings.retrieval
        metrics["passage_count"] = len(summary.passages)
        metrics["cited_passage_count"] = sum(passage.cited for passage in summary.passages)
        metrics["removed_citation_count"] = summary.removed_citations
    if summary.verification is not None:
        metrics |= _of_check(summary.verification)
    return metrics


def _of_check(check: Verification) -> Metrics:
    metrics: Metrics = {
        "unsupported_count": len(check.unsupported),
        "unsupported_sentence_count": sum(sentence.unsupported for sentence in check.sentences),
        "left_out_sentence_count": check.left_out,
        "checked_by": check.checked_by,
    }
    if check.asked is not None:
        metrics["check_prompt_count"] = check.asked.prompts
        metrics["check_input_token_count"] = check.asked.input_token_count
        metrics["check_cached_token_count"] = check.asked.cached_token_count
        metrics["check_time"] = check.asked.seconds
    return metrics


def _of_many(totals: Totals) -> Metrics:
    return {
        "document_count": totals.succeeded + totals.failed,
        "failed_count": totals.failed,
        "input_token_count": totals.input_token_count,
        "output_token_count": totals.output_token_count,
    }
