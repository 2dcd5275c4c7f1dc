"""What of a summary its document and the cited passages support, by rules and by asking a model.

Imports: contract, splitting.
"""
