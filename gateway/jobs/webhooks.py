"""A webhook tells that a job has ended: signed, to a public address, again after a while when nobody took it.

Knows: what is said, and by which rules (Standard Webhooks). A message has one id however often it is sent, so that who
gets it twice can tell. Knows nothing of when the next try is.
"""

import asyncio
import json
import logging

from errors import UserError
from gateway.files import Files
from gateway.jobs import asked as job_asked
from gateway.jobs.table import Job, Jobs
from gateway.settings import Settings
from serving import http1, public_http, signing

log = logging.getLogger("precis.gateway")

TIMEOUT_SECONDS = 10.0


async def tell(table: Jobs, files: Files, settings: Settings, job: Job) -> None:
    """Tell of a job's end; when it was heard, the job knows."""
    if settings.webhook_secret is None:
        return
    url = (await asyncio.to_thread(job_asked.read, files, job.folder)).webhook
    said = job.as_json(job.ended_at or job.created_at)
    body = json.dumps({"type": "job.ended", "timestamp": said["ended_at"], "data": said}).encode()
    headers = signing.headers(signing.key_of(settings.webhook_secret.get_secret_value()), f"msg_{job.id}", body)
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            status = await public_http.post(url, "webhook", headers, body)
    except (UserError, TimeoutError, http1.BadMessageError) as error:
        why = error.code if isinstance(error, UserError) else type(error).__name__  # whose text has the host
        log.warning("the webhook of job %s, try %d: %s", job.id, job.tells, why)
        return
    if 200 <= status < 300:
        await asyncio.to_thread(table.told, job.id)
    else:
        log.warning("the webhook of job %s, try %d: it was answered with %d", job.id, job.tells, status)
