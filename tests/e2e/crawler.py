"""A reader of the whole site, as a crawler is: every page that a page links to."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

import httpx

MAX_PAGES = 1_000
"""Requests after which a crawl ends: a site that makes ever new links is a fault."""
_BROWSER = {"accept": "text/html,*/*;q=0.8"}
_LINKS = {("a", "href"), ("link", "href"), ("img", "src"), ("script", "src"), ("form", "action")}


class _Page(HTMLParser):
    """The links of a page, and the ids that fragments can name. A form counts if it is a GET."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.ids.add(values.get("id", ""))
        if values.get("method", "get").lower() == "get":
            self.links += [values[name] for t, name in _LINKS if t == tag and name in values]


@dataclass
class Crawl:
    """What a crawl has read: responses by address without its fragment, and where it was linked."""

    responses: dict[str, httpx.Response] = field(default_factory=dict)
    linked_from: dict[str, str] = field(default_factory=dict)

    @property
    def broken(self) -> list[str]:
        """The links that lead nowhere, in words."""
        return [
            f"{response.status_code} {url} (linked from {self.linked_from[url]})"
            for url, response in self.responses.items()
            if response.status_code != httpx.codes.OK
        ]


def crawl(client: httpx.Client, site: str, starts: Iterable[str]) -> Crawl:
    """Read the pages at `starts` and all that is linked from there below the URL `site`, with
    redirects followed. Links to a fragment must name an element of the page."""
    result, queue, pages = Crawl(), deque(starts), {}
    result.linked_from = dict.fromkeys(queue, "the start")
    fragments: list[tuple[str, str, str]] = []
    while queue:
        url = queue.popleft()
        response = client.get(url, headers=_BROWSER, follow_redirects=True)
        result.responses[url] = response
        assert len(result.responses) <= MAX_PAGES, f"more than {MAX_PAGES} pages, such as {url}"
        if "html" not in response.headers.get("content-type", ""):
            continue
        pages[url] = page = _Page(response.text)
        for link in page.links:
            target, fragment = urldefrag(urljoin(str(response.url), link))
            if not target.startswith(site) or urlsplit(target).path.endswith("/events"):
                continue
            if fragment:
                fragments.append((url, target, fragment))
            if target not in result.linked_from:
                result.linked_from[target] = url
                queue.append(target)
    for url, target, fragment in fragments:
        if target in pages:
            assert fragment in pages[target].ids, f"{url}: no #{fragment} in {target}"
    return result
