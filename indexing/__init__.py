"""Making an index: documents to chunks to vectors to a store; and the library that a server takes its index from.

Imports: contract, errors, normalizers, retrieval, rows, splitting, storage.
"""
