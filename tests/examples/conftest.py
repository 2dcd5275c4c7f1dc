"""A server of a model that answers at once, for examples in which the model is not what is shown."""

from tests.batch.conftest import instant_project, instant_url

__all__ = ["instant_project", "instant_url"]
