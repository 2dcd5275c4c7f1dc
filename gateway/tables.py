"""The gateway's tables, as SQLAlchemy knows them. How they came to be is `migrations/`.

Knows: columns. No document, no summary and no secret is in any of them: of a token its secret's digest, of a job counts
and where its files lie.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

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

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(40), primary_key=True),  # in the order of their making
    Column("token", String(32), nullable=False),
    Column("status", String(8), nullable=False),
    Column("options", JSON, nullable=False),  # that are no texts
    Column("created_at", Float, nullable=False),
    Column("started_at", Float),
    Column("ended_at", Float),
    Column("documents", Integer),  # None: nobody has counted them yet
    Column("done", Integer, nullable=False),
    Column("failed", Integer, nullable=False),
    Column("codes", JSON, nullable=False),  # of those that failed: how many by code
    Column("seconds", Float, nullable=False),  # of predict time
    Column("error", JSON),  # why it failed as a whole
    Column("owner", String(32)),  # the process that works on it, until
    Column("lease_until", Float, nullable=False),
    Column("starts", Integer, nullable=False),  # since anything came of it
    Column("webhook", Boolean, nullable=False),
    Column("tell_at", Float),  # when its end is told next
    Column("tells", Integer, nullable=False),
    Index("jobs_of_token", "token", "id"),
)

parts = Table(  # of a job's results, which lie among the files. What is in no row never happened
    "parts",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(40), nullable=False),
    Column("lines", JSON, nullable=False),  # of the upload, that it has the results of
    Column("size", BigInteger, nullable=False),  # bytes
    Column("errors_size", BigInteger, nullable=False),
)

predictions = Table(  # that are under way
    "predictions",
    metadata,
    Column("job", String(40), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("target", Text, nullable=False),
    Column("ticket", Text, nullable=False),  # by which the target finds it again
    Column("lines", JSON, nullable=False),
)
