"""A table of documents: reading JSON Lines, CSV and Parquet, writing lines, and the rows of one prediction.

Imports: contract, errors.
"""
