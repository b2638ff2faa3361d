"""Topics by text, compared with the topics that the publisher gives; and the speed.

    python benchmarks/classifying.py TREE... [--errors] [--no-address]

TREE is a folder of story files (``_news``) with its topic files (``_data/topics``). The files' own
topics are hidden; precision and recall are over (story, topic) pairs. The speed is that of
classifying and ranking 100,000 made stories with 5 and with 500 topics of 20 keywords.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aggregator.classify import Topics
from aggregator.config.sections import ConfigFile
from aggregator.config.topic_sections import topics_of
from aggregator.model import Article, CleanText, Publisher, Source, Story, Topic, Verdict
from aggregator.rank import RankingOptions, rank
from aggregator.read import ReadOptions, read_sources

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", type=Path, nargs="*")
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--no-address", action="store_true")
    arguments = parser.parse_args()
    for tree in arguments.trees:
        measure(tree.resolve(), errors=arguments.errors, address=not arguments.no_address)
    speed()


def measure(tree: Path, *, errors: bool, address: bool) -> None:
    """Precision and recall for each topic of a tree."""
    config = {
        "sources": [{"name": "s", "type": "stories", "path": "_news"}],
        "topic_files": ["_data/topics/*.yaml"],
    }
    topics = topics_of(ConfigFile.model_validate(config), tree, lambda key, why: print(key, why))
    slug_of = {topic.name: topic.slug for topic in topics}
    source = Source("s", "stories", str(tree / "_news"))
    (reading,) = read_sources([source], {}, lambda _: {}, ReadOptions(), NOW)
    classifier = Topics.of(topics)
    right, wrong, missed = Counter[str](), Counter[str](), Counter[str]()
    for article in reading.articles:
        if article.verdict is Verdict.RELATED_ONLY:
            continue
        own = {slug_of[name] for name in article.topics if name in slug_of}
        hidden = replace(article, topics=(), verdict=Verdict.NONE)
        if not address:
            hidden = replace(
                hidden, key=CleanText("https://x.invalid/"), publisher=Publisher(CleanText("x"))
            )
        assigned = set(classifier.why(story_of(hidden)))
        right.update(own & assigned)
        wrong.update(assigned - own)
        missed.update(own - assigned)
        if errors and own != assigned:
            print(f"  + {sorted(assigned - own)} - {sorted(own - assigned)}  {article.title[:90]}")
    print(f"{tree.name}: {'topic':24} precision  recall")
    for slug in (*sorted(slug_of.values()), ""):
        r, w, m = ((c[slug] if slug else c.total()) for c in (right, wrong, missed))
        print(
            f"  {slug or 'all topics':32} {r / max(1, r + w):9.3f} {r / max(1, r + m):7.3f}"
            f"   {r} right, {w} wrong, {m} missed"
        )


def story_of(lead: Article) -> Story:
    """A story of one article."""
    return Story(f"urn:{lead.key}", lead.title, lead.published, lead.published, lead, ())


def speed() -> None:
    """Classify and rank 100,000 stories with few and with many topics."""
    source = random.Random(1)
    words = ["".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=7)) for _ in range(40_000)]
    stories = []
    for number in range(100_000):
        text = source.choices(words, k=40)
        key = f"https://e{number % 500}.example/{number}"
        when = NOW - timedelta(seconds=source.random() * 1e6)
        lead = Article(
            "s",
            CleanText(str(number)),
            CleanText(key),
            CleanText(key),
            CleanText(" ".join(text[:10]).capitalize()),
            when,
            Publisher(CleanText("p")),
            excerpt=CleanText(" ".join(text[10:])),
            quality=87,
        )
        stories.append(story_of(lead))
    for number in (5, 500):
        topics = [
            Topic(
                f"t{n}",
                f"Topic number {n}",
                keywords=tuple(" ".join(source.sample(words, 2)) for _ in range(20)),
            )
            for n in range(number)
        ]
        start = time.perf_counter()
        classified = Topics.of(topics).classify(stories)
        middle = time.perf_counter()
        rank(classified, RankingOptions(), NOW)
        end = time.perf_counter()
        print(
            f"100,000 stories, {number} topics: classified in {middle - start:.2f} s"
            f", ranked in {end - middle:.2f} s"
        )


if __name__ == "__main__":
    main()
