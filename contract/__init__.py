"""The nouns that the rooms exchange: a request and its limits, a document, results, and the names of metrics.

Imports: errors.
"""
