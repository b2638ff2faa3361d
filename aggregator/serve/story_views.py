"""What the page of a story shows beside it: its rank with the reasons, and related stories."""

from __future__ import annotations

from datetime import datetime

from aggregator.classify import EVERYTHING
from aggregator.model import Entry, Feed, ScoreTerm, Story
from aggregator.model.text import fold_text
from aggregator.publish import compose_entry
from aggregator.publish.page_context import PageContext
from aggregator.publish.story_page import StoryView, Why
from aggregator.publish.wording import Wording
from aggregator.queries import StoryQueries

_RELATED = 6  # stories
_LOOKED_AT = 30  # stories that a search for related ones gives
_MIN_WORD = 5  # letters of a word of a title that is searched for
_MAX_WORDS = 8
_NAMES = {"coverage": "whole_story.coverage_term", "freshness": "whole_story.freshness"}
_MIN_SHARED = 2  # words of titles that related stories share


def story_view(context: PageContext, queries: StoryQueries, story: Story, sort: str) -> StoryView:
    """What the page shows of a story beside itself, its coverage in the order `sort`."""
    return StoryView(
        topic=_topic(context, story),
        related=_related(queries, story),
        why=_why(context.wording, queries, story),
        sort=sort,
    )


def _topic(context: PageContext, story: Story) -> Feed | None:
    """The innermost of the topics of a story that have a feed."""
    feeds = [feed for feed in context.topics if feed.slug in story.topics]
    parents = {context.parents.get(feed.slug) for feed in feeds}
    return next((feed for feed in feeds if feed.slug not in parents), context.everything)


def _why(wording: Wording, queries: StoryQueries, story: Story) -> Why:
    """The rank of a story of the window in the feed of everything."""
    ranked, position = queries.ranked(EVERYTHING, story.id), None
    if ranked is not None:
        position = queries.position(EVERYTHING, story.id)
    if ranked is None or position is None:
        return Why()
    terms = [_term(wording, term, story, queries.now) for term in ranked.terms]
    is_declared = any(a.related or a.aliases for a in story.articles)
    evidence = "whole_story.declared" if is_declared else "whole_story.names_places_time"
    return Why(position.number, position.total, ranked.score, terms, evidence)


def _term(wording: Wording, term: ScoreTerm, story: Story, now: datetime) -> tuple[str, float, str]:
    """A term of the score with its name and reason in words; those of other formulas than the
    standard one as they are."""
    lead, coverage = story.lead, story.coverage

    def age(moment: datetime) -> str:
        return wording.span((now - moment).total_seconds())

    if term.name == "quality":
        values = {"publisher": lead.publisher.name, "quality": lead.quality}
        why = wording("whole_story.quality_why", age=age(lead.published), **values)
        return wording("whole_story.quality"), term.value, why
    if term.name not in _NAMES:
        return term.name, term.value, term.why
    name = wording(_NAMES[term.name])
    if not coverage:
        return name, term.value, wording("whole_story.no_coverage")
    if term.name == "freshness":
        newest = max(article.published for article in coverage)
        return name, term.value, wording("whole_story.freshness_why", age=age(newest))
    publishers = {article.publisher.name for article in coverage} - {lead.publisher.name}
    why = wording(
        "whole_story.coverage_why",
        articles=wording("story.articles", len(coverage)),
        publishers=wording("story.publishers", len(publishers)),
        points=wording.number(round(term.value, 1)),
    )
    return name, term.value, why


def _related(queries: StoryQueries, story: Story) -> list[Entry]:
    """Other stories whose titles share rare words with this one, best match first."""
    words = _words(story.title)[:_MAX_WORDS]
    if len(words) < _MIN_SHARED:
        return []
    stories = queries.search(" OR ".join(words), _LOOKED_AT)
    others = [
        other
        for other in stories
        if other.id != story.id and len(set(words) & set(_words(other.title))) >= _MIN_SHARED
    ]
    return [
        compose_entry(other, queries.names, queries.options.site) for other in others[:_RELATED]
    ]


def _words(title: str) -> list[str]:
    """The long words of a title, folded, each once."""
    words = "".join(c if c.isalnum() else " " for c in fold_text(title)).split()
    return list(dict.fromkeys(word for word in words if len(word) >= _MIN_WORD))
