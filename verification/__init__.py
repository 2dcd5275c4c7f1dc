"""What of a summary its document and the cited passages support, without a second model.

Imports: contract, splitting.
"""
