"""Personal data in a text: found by recognizers and by a model, replaced by placeholders, kept out of the summary.

Knows: which detectors there are and in what order. Knows nothing about documents, requests or where weights lie.
"""

import functools
import os
from collections.abc import Sequence
from pathlib import Path

from contract.request import SummaryRequest
from normalizers.pii import terms
from normalizers.pii.finding import Detector, Finding
from normalizers.pii.redactor import Redactor

Detectors = Sequence[Detector]

DEFAULT_LOCALE = "US"  # whose phone numbers are written without a country code


def load_detectors(names_model: Path) -> Detectors:
    """Every detector: recognizers, lists of places, and the model of names in the folder `names_model`.

    That is Rampart when there is a `model.onnx` in it, else OpenAI's Privacy Filter. All can be pickled for another
    process, which loads the model itself. Raises UserError E2001 and E2003.
    """
    from normalizers.pii import impersonal, names, places, privacy_filter, recognizers

    model = privacy_filter if may_use_card(names_model) else names
    locale = os.environ.get("PRECIS_LOCALE") or DEFAULT_LOCALE
    return functools.partial(recognizers.find, locale=locale), places.find, impersonal.around(model.load(names_model))


def may_use_card(names_model: Path) -> bool:
    """Whether the model in this folder computes on a GPU where there is one: Rampart never does."""
    return not (names_model / "model.onnx").is_file()


def redactor_for(request: SummaryRequest, detectors: Detectors) -> Redactor:
    """One request's redactor, the terms that are configured for all requests included."""
    keep = (*request.keep_terms, *terms.configured("PRECIS_KEEP_TERMS"))
    return Redactor(request.redact_pii, _with_terms(request, detectors), keep)


def _with_terms(request: SummaryRequest, detectors: Detectors) -> Detectors:
    """The detectors with the request's own terms among them."""
    deny = (*request.redact_terms, *terms.configured("PRECIS_REDACT_TERMS"))
    if not deny:
        return detectors
    first, *others = detectors  # with the first, because that one reads the summary as well
    return (functools.partial(_both, first, terms.detector(deny)), *others)


def _both(one: Detector, other: Detector, text: str) -> list[Finding]:
    return one(text) + other(text)
