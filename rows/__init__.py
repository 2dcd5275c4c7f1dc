"""A table of documents: reading JSON, CSV, Parquet and Excel, writing lines, and the rows of one prediction.

Imports: contract, errors.
"""
