"""Which articles are about one event and which are not: the kinds of cases that readers report.

Articles are judged among fifty other headlines, with the lexicon, as in a small installation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.lexicon import load_lexicon
from aggregator.merge import Epochs, Merged, MergeOptions, merge
from aggregator.model import Article, CleanText, Publisher, Verdict
from tests.conftest import NOW, article

_SUBJECTS = (
    "Parliament passes the housing bill after a long night",
    "Mayor resigns over stadium contract",
    "Striker signs for four more years at the harbour club",
    "Bridge closed after cracks appear",
    "Wildfire near the reservoir forces two villages to leave",
    "Airline orders thirty small jets",
    "Central bank leaves interest rates where they are",
    "Glacier loses more ice than ever",
    "Museum returns bronze statues to the coast kingdom",
    "Teachers test a week of four days",
    "Rail unions call off the Friday strike",
    "Novelist wins the winter prize for a book on salt",
    "Volcano sends ash over the airport",
    "Carmaker recalls pickup trucks over seat belts",
    "Researchers grow cartilage in a dish",
    "Wheat harvest falls short after dry spring",
    "Court orders retailer to pay back unlawful fees",
    "Tennis champion withdraws injured",
    "Hikers rescued from a cave after two days",
    "Theatre reopens with a comedy on bees",
)
BACKGROUND = [
    (f"{subject} {suffix}".strip(), f"Gazette {number % 7}")
    for suffix in ("", "in the north", "say officials")
    for number, subject in enumerate(_SUBJECTS)
][:50]


def piece(
    title: str, publisher: str, hours: float = 0, excerpt: str = "", lang: str = "en"
) -> Article:
    """An article of a publisher, published `hours` ago."""
    name = f"{publisher}-{len(title)}-{title[:12]}-{hours}-{lang}".replace(" ", "")
    base = article(name, title=title, verdict=Verdict.NONE, quality=87)
    return replace(
        base,
        publisher=Publisher(CleanText(publisher)),
        published=NOW - timedelta(hours=hours),
        excerpt=CleanText(excerpt),
        lang=CleanText(lang),
    )


def merged(articles: Sequence[Article], options: MergeOptions = MergeOptions()) -> Merged:  # noqa: B008
    """The stories of these articles, among the background."""
    others = [
        piece(title, publisher, number % 48) for number, (title, publisher) in enumerate(BACKGROUND)
    ]
    window: dict[str, Article] = {a.key: a for a in [*others, *articles]}
    return merge(window, (), NOW, options, epochs=Epochs(load_lexicon))


def stories(articles: Sequence[Article], options: MergeOptions = MergeOptions()) -> int:  # noqa: B008
    """The number of stories that contain any of these articles."""
    keys = {a.key for a in articles}
    held = [{a.key for a in story.articles} & keys for story in merged(articles, options).stories]
    return sum(bool(part) for part in held)


ONE_EVENT = {
    "other words": [
        piece("Strong earthquake shakes northern Chile, tsunami warning issued", "A", 5),
        piece("Tsunami warning after strong earthquake hits northern Chile", "B", 3),
    ],
    "a wire and its updates": [
        piece("BRIEF-Acme Motors says it will recall 200,000 vans", "Wire", 6),
        piece("UPDATE 1-Acme Motors to recall 200,000 vans over brake hoses", "Wire", 5),
        piece("Acme Motors recalls 200,000 vans because of brake hoses", "Paper", 4),
    ],
    "numbers written in two ways": [
        piece("Kraken raises $800 million at $20 billion valuation from Citadel", "A", 4),
        piece("Crypto firm Kraken bags $800M from Citadel at $20B valuation", "B", 2),
    ],
    "one publisher that says the same again": [
        piece("Telegram founder Durov questioned by Paris prosecutors over fraud", "A", 3),
        piece("Telegram founder Durov questioned by Paris prosecutors over fraud", "A", 2),
    ],
    "traditional and simplified characters": [
        piece("美國關閉中國駐休斯頓總領事館", "甲", 3, lang="zh"),
        piece("美国关闭中国驻休斯顿总领事馆", "乙", 2, lang="zh"),
    ],
    "compounds": [
        piece("Bundesverfassungsgericht kippt Klimaschutzgesetz der Regierung", "A", 3, "", "de"),
        piece("Verfassungsgericht kippt Klimaschutzgesetz der Bundesregierung", "B", 2, "", "de"),
    ],
}


@pytest.mark.parametrize("case", ONE_EVENT)
def test_one_event_is_one_story(case: str) -> None:
    assert stories(ONE_EVENT[case]) == 1


_FOOTER = "The post {0} appeared first on Harbour Blog. Subscribe to our weekly letter for more."
_NOTES = "Find the hosts at castaway.example, support the show, and get ten percent off a mattress."
SEVERAL_EVENTS = {
    "bare version numbers": [piece("v1.2.0", name, n) for n, name in enumerate(("X", "Y", "Z"))],
    "editions of a briefing": [piece("Morning briefing", "Paper", hours) for hours in (0, 24)],
    "numbered advisories": [
        piece(f"Security advisory SA-2026-{number}: update recommended", "Vendor", number - 10)
        for number in (11, 12, 13)
    ],
    "the same kind of event elsewhere": [
        piece("Man charged with murder in Oakmoor", "A", 5),
        piece("Man charged with murder in Saltby", "B", 4),
    ],
    "results of two companies": [
        piece("Acme Motors reports third quarter profit of 2.1 billion", "A", 5),
        piece("Borel Pharma reports third quarter profit of 1.4 billion", "B", 4),
    ],
    "headlines of short words": [
        piece("UK PM in US", "A", 3, "Talks on steel begin in Washington."),
        piece("US-EU in talks", "B", 2, "Envoys meet in Brussels on farm tariffs."),
    ],
    "digits in common": [
        piece("United win 2-1 at the lake", "A", 3, "Both goals came late."),
        piece("Quarterly profit rises to 2.1 billion", "B", 2, "Sales of vans rose."),
    ],
    "a footer under every post": [
        piece(title, "Harbour Blog", n, _FOOTER.format(title))
        for n, title in enumerate(
            ("Painting a hull", "Cranes at night", "A cook on the ferry", "Knots for beginners")
        )
    ],
    "the same show notes": [
        piece(title, "Castaway", 20 * n, f"{start} {_NOTES}")
        for n, (title, start) in enumerate(
            {
                "Whale songs": "We listen.",
                "Old maps": "A collector visits.",
                "Lighthouse keepers": "Nobody sleeps.",
                "Salt": "A short history.",
            }.items()
        )
    ],
    "the next of a series at another publisher": [
        piece("Weather forecast for the northern coast on November 8", "A", 30),
        piece("Weather forecast for the northern coast on November 9", "B", 2),
    ],
    "two languages": [
        piece("Elon Musk Tesla Berlin Gigafactory", "A", 3),
        piece("Elon Musk Tesla Berlin Gigafactory", "B", 2, lang="de"),
    ],
    "no language against a known one": [
        piece("Elon Musk Tesla Berlin Gigafactory", "A", 3),
        piece("Elon Musk Tesla Berlin Gigafactory", "B", 2, lang=""),
    ],
    "beyond the window": [
        piece("Strong earthquake shakes northern Chile, tsunami warning issued", "A", 100),
        piece("Tsunami warning after strong earthquake hits northern Chile", "B", 3),
    ],
}


@pytest.mark.parametrize("case", SEVERAL_EVENTS)
def test_other_events_are_other_stories(case: str) -> None:
    articles = SEVERAL_EVENTS[case]
    assert stories(articles) == len(articles)


def test_two_stories_by_their_sources_verdict_are_never_joined() -> None:
    judged = [replace(a, verdict=Verdict.STORY) for a in ONE_EVENT["other words"]]
    assert stories(judged) == 2


def test_text_can_be_turned_off() -> None:
    assert stories(ONE_EVENT["other words"], MergeOptions(text=False)) == 2


def test_background_stays_apart() -> None:
    """Headlines on fifty subjects; only a subject with a suffix may meet its own."""
    for story in merged([]).stories:
        assert len({a.title.split()[0] for a in story.articles}) == 1
