"""Cog's HTTP server without Docker, streams that can be cancelled, and the client that talks to both.

Imports: computing, contract, errors, storage.
"""
