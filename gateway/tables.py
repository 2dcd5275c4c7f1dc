"""The gateway's tables, as SQLAlchemy knows them. How they came to be is `migrations/`.

Knows: columns. No document, no summary and no secret is in any of them: of a token its secret's digest, of a job counts
and where its files lie.
"""

from sqlalchemy import JSON, Column, Float, LargeBinary, MetaData, String, Table

metadata = MetaData()

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("name", String(200), nullable=False),
    Column("digest", LargeBinary(32), nullable=False),  # SHA-256 of the secret
    Column("old_digest", LargeBinary(32)),  # of the one before, while a rotation lasts
    Column("old_until", Float),
    Column("policy", JSON, nullable=False),  # gateway.tokens.Policy
    Column("created_at", Float, nullable=False),  # all times: seconds since 1970
    Column("expires_at", Float),
    Column("revoked_at", Float),
)

answers = Table(  # of requests with an Idempotency-Key; the answer itself lies among the files
    "answers",
    metadata,
    Column("token", String(32), primary_key=True),
    Column("key", LargeBinary(32), primary_key=True),  # SHA-256: a key may hold anything
    Column("request", LargeBinary(32), nullable=False),  # SHA-256
    Column("created_at", Float, nullable=False),
    Column("file", String(64)),  # None: it is under way
)
