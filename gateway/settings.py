"""What the gateway is told when it starts: by the environment, `.env`, or a TOML file.

Knows: names, types and defaults. `PRECIS_GATEWAY_UPSTREAMS='["http://10.0.0.5:5000"]'` in the environment or in `.env`
is `upstreams = […]` in the file that PRECIS_GATEWAY_CONFIG names, and goes before it. Knows nothing of what becomes of
any of them.
"""

import os
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from errors import UserError
from serving import signing
from storage import places

PREFIX = "PRECIS_GATEWAY_"
CONFIG = f"{PREFIX}CONFIG"

Seconds = Annotated[float, Field(gt=0)]
Count = Annotated[int, Field(ge=1)]


def _as_secret(secret: SecretStr) -> SecretStr:
    try:
        signing.key_of(secret.get_secret_value())
    except ValueError:
        raise ValueError("it must be whsec_ and base64") from None
    return secret


class Settings(BaseSettings):
    """All settings. Times are seconds, sizes bytes."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="forbid", hide_input_in_errors=True)

    upstreams: Annotated[list[str], Field(min_length=1)] = ["http://127.0.0.1:5000"]
    """As `precis batch --to`: http://HOST:PORT, replicate:OWNER/NAME[:VERSION], replicate:deployments/OWNER/NAME."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    database: SecretStr = Field(default_factory=lambda: SecretStr(f"sqlite:///{_state() / 'gateway.db'}"))
    """`sqlite:///PATH` or `postgresql://…`; it may hold a password."""
    files: str = Field(default_factory=lambda: (_state() / "files").as_uri())
    """Where uploads, results and answers that may be repeated lie: any URI that fsspec knows."""
    keep: Seconds = 7 * 86_400
    """How long a job's files are kept after its end."""
    places: Count = 32
    """Predictions at once on each upstream."""
    queue: Annotated[int, Field(ge=0)] = 256
    """Requests that may wait for a place, of all tokens together."""
    patience: Seconds = 60.0
    """How long one may wait, where the caller says nothing."""
    timeout: Seconds = 600.0
    """How long a request may take, its wait included, where the caller says nothing."""
    max_body: Count = 32_000_000
    """Of POST /summarize."""
    max_upload: Count = 1_000_000_000
    """Of POST /batch-summarize."""
    jobs: Count = 2
    """Jobs that this gateway runs at once."""
    job_places: Count = 2
    """Predictions at once that a job has on each upstream, beside those of requests."""
    rate_storage: str = "async+memory://"
    """Where what was used of a minute is counted: `async+redis://…` when several gateways share tokens."""
    webhook_secret: Annotated[SecretStr, AfterValidator(_as_secret)] | None = None
    """`whsec_…`, with which webhooks are signed (Standard Webhooks)."""
    audit: Path | None = None
    """The file of the audit log; without one it goes to the log."""

    def revealed(self) -> dict[str, Any]:
        """Return all settings as another process is to have them, passwords and secrets too."""
        secrets = {"database": self.database, "webhook_secret": self.webhook_secret}
        shown = {name: secret.get_secret_value() for name, secret in secrets.items() if secret is not None}
        return self.model_dump(mode="json") | shown

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What goes before what: arguments, environment, .env, TOML."""
        config = os.environ.get(CONFIG)
        toml = (TomlConfigSettingsSource(settings_cls, config),) if config else ()
        return init_settings, env_settings, dotenv_settings, *toml


def read(**given: Any) -> Settings:
    """Return the settings; what is `given` goes before all else, unless it is None. Raises UserError E7101."""
    config = os.environ.get(CONFIG)
    if config and not Path(config).is_file():
        raise UserError("E7101", f"{CONFIG} names {config}, which is no file")
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:  # never shows a value: it may be a password
        said = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors(include_input=False))
        raise UserError("E7101", said) from None
    except ValueError as error:
        raise UserError("E7101", f"{CONFIG or '.env'} cannot be read ({type(error).__name__})") from None


def _state() -> Path:
    return places.state() / "gateway"
