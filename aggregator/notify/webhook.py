"""Calls of a webhook: JSON, signed with a secret that only the receiver and we know.

The signature is ``X-Aggregator-Signature: sha256=<hex>``, the HMAC-SHA256 (RFC 2104) of the time in
``X-Aggregator-Timestamp`` (seconds since 1970), a full stop, and the body. The receiver refuses a
call whose time is more than some minutes away, so that nobody can repeat it later.
``X-Aggregator-Delivery`` is the same each time that the same call is tried.
"""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from aggregator.config import WebhookOptions
from aggregator.model import Json, Site, Story, clean_text
from aggregator.model.times import rfc3339
from aggregator.notify.failure import Failure
from aggregator.publish import unranked_fields
from aggregator.queries import publisher_count
from aggregator.read import ReadOptions

_MAX_ARTICLES = 50  # of a story, in a call


def story_body(
    event: str, story: Story, names: Mapping[str, str], site: Site, threshold: int, now: datetime
) -> str:
    """The body of a call: what happened (``story.publishers`` or ``test``), when, and the story as
    ``/stories.json`` has it, with the URL of its page. `names` are the public topics."""
    fields = unranked_fields(story, names, _MAX_ARTICLES)
    value: dict[str, Json] = {
        "event": event,
        "time": rfc3339(now),
        "site": site.url,
        "threshold": threshold,
        "publishers": publisher_count(story),
        "story": {**fields, "page": site.story_page(story.id) or None},
    }
    return json.dumps(value, ensure_ascii=False)


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The value of ``X-Aggregator-Signature``."""
    signed = b"%d.%b" % (timestamp, body)
    return f"sha256={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}"


def call(
    options: WebhookOptions, key: str, body: str, reading: ReadOptions, now: datetime
) -> Failure | None:
    """POST a body by the rules of all our requests: no private networks unless they are allowed,
    one deadline, no redirects. None where the receiver answered with 2xx."""
    content, timestamp = body.encode("utf-8", "replace"), int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "X-Aggregator-Timestamp": str(timestamp),
        "X-Aggregator-Signature": signature(options.secret, timestamp, content),
        "X-Aggregator-Delivery": str(uuid5(NAMESPACE_URL, f"{options.url}#{key}")),
    }
    reason = asyncio.run(_post(options.url, content, headers, reading))
    return Failure(clean_text(reason)) if reason else None


async def _post(url: str, content: bytes, headers: Mapping[str, str], reading: ReadOptions) -> str:
    from aggregator.read.fetch import Fetcher
    from aggregator.read.options import FetchOptions

    async with Fetcher(FetchOptions.of(reading)) as fetcher:
        return await fetcher.post(url, content, headers)
