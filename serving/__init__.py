"""Cog's HTTP server without Docker, streams that can be cancelled, and the client that talks to both.

Imports: contract, errors, storage.
"""
