from tests.documentation import docs, embedded, made, model

__all__ = ["docs", "embedded", "made", "model"]
