"""The reports of an article, united into one."""

from __future__ import annotations

from aggregator.identify import unify
from aggregator.model import Verdict
from tests.conftest import article


def test_an_article_and_a_mention_of_it_are_one_article() -> None:
    primary = article("e.com/a", title="Own words", quality=90)
    mention = article("e.com/a", ref="other.md", title="Their words", verdict=Verdict.RELATED_ONLY)
    united = unify([mention, primary])
    assert [a.title for a in united.values()] == ["Own words"]


def test_an_alias_leads_to_the_article() -> None:
    primary = article("e.com/a", aliases=("https://e.com/a-amp",))
    mention = article("e.com/a-amp", verdict=Verdict.RELATED_ONLY)
    asking = article("e.com/b", related=("https://e.com/a-amp",))
    united = unify([primary, mention, asking])
    assert set(united) == {"https://e.com/a", "https://e.com/b"}
    assert united["https://e.com/b"].related == ("https://e.com/a",)


def test_fields_missing_in_the_best_report_come_from_the_others() -> None:
    bare = article("e.com/a", excerpt="", quality=None, topics=("AI",))
    rich = article("e.com/a", ref="r", excerpt="More", quality=99, verdict=Verdict.RELATED_ONLY)
    united = unify([bare, rich])["https://e.com/a"]
    assert (united.excerpt, united.quality, united.topics) == ("More", 99, ("AI",))


def test_a_withheld_article_stays_withheld_whoever_mentions_it() -> None:
    withheld = article("e.com/a", verdict=Verdict.UNPUBLISHED)
    mention = article("e.com/a", ref="other.md", verdict=Verdict.RELATED_ONLY)
    assert unify([mention, withheld])["https://e.com/a"].verdict is Verdict.UNPUBLISHED
