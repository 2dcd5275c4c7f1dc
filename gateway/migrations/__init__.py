"""How the gateway's tables came to be, a file for each change. Alembic runs what a database lacks.

Imports: gateway.
"""
