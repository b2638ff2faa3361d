"""Group articles by what their sources declare to be one event.

A declared relation is evidence, not proof, and it is not transitive: of the declared pairs of a
real publisher, 62 to 73 % are the same event when judged by a person, and following all of them
would merge years of articles. So stories are stars, not chains. A *root* is an article that forms a
story of its own; every other article joins one root that it is declared related to:

1. An article with the verdict STORY is a root.
2. A SUPERSEDED article points to the best of its related articles that ranks above it; the pointers
   lead to the root of its story. Each step goes up in a total order, so there are no cycles.
3. An article that has been a root before stays one unless its source supersedes it: a verdict that
   is missing for one save must not end a story permanently.
4. An article without a verdict joins a related root, and is a root where there is none; so does an
   UNPUBLISHED one, where such articles are shown.
5. A RELATED_ONLY article joins a related root, else the story of the superseded article that
   mentions it, else the story that it was shown under before.

Of several roots, the one whose story shows the article already is preferred, then the nearest in
time, then the best.
"""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.model import Article, Verdict

SortKey = tuple[int, bool, float, str]


def sort_key(article: Article) -> SortKey:
    """The total order of articles within a story, the best last: by quality, the verdict STORY,
    earlier publication, key."""
    verdict = article.verdict is Verdict.STORY
    return (article.quality or 0, verdict, -article.published.timestamp(), article.key)


def group_declared(
    articles: Mapping[str, Article], previous_story: Mapping[str, str], former_roots: frozenset[str]
) -> dict[str, str]:
    """The key of the root by the key of each article; a root maps to itself. Independent of the
    order of the input. Articles that belong to no story are left out.

    `previous_story` maps articles to the story that they were last shown under; `former_roots` are
    the articles that have been roots before (`StoryRecord.anchors`).
    """
    return _Grouping(articles, previous_story, former_roots).root_of


class _Grouping:
    """Applies the five rules of the module's docstring to one set of articles."""

    def __init__(
        self,
        articles: Mapping[str, Article],
        previous_story: Mapping[str, str],
        former_roots: frozenset[str],
    ) -> None:
        self.articles = articles
        self.previous_story = previous_story
        self.former_roots = former_roots
        self.root_of: dict[str, str] = {}
        self.roots_by_story: dict[str, set[str]] = {}  # by the story that the root was shown under
        self.neighbours = _neighbours(articles)
        self.sort_keys = {key: sort_key(article) for key, article in articles.items()}
        self.superseded_by = self._pointers()
        self._place_roots()
        self._place_without_verdict()
        self._follow_pointers()
        self._place_mentioned()

    def _pointers(self) -> dict[str, str]:
        """For each superseded article the best of its related articles that ranks above it."""
        pointers = {}
        for key, article in self.articles.items():
            if article.verdict is Verdict.SUPERSEDED:
                related = [key for key in article.related if key in self.articles]
                best = max(related, key=self.sort_keys.__getitem__, default=key)
                if self.sort_keys[best] > self.sort_keys[key]:
                    pointers[key] = best
        return pointers

    def _place_roots(self) -> None:
        for key, article in self.articles.items():
            superseded = article.verdict is Verdict.SUPERSEDED
            if (
                article.verdict is Verdict.STORY
                or (superseded and key not in self.superseded_by)
                or (key in self.former_roots and not superseded)
            ):
                self._make_root(key)

    def _make_root(self, key: str) -> None:
        self.root_of[key] = key
        if key in self.previous_story:
            self.roots_by_story.setdefault(self.previous_story[key], set()).add(key)

    def _place_without_verdict(self) -> None:
        """From the best down, so that better articles are roots when the others look for one."""
        targets = set(self.superseded_by.values())
        waiting = [
            key
            for key, article in self.articles.items()
            if key not in self.root_of
            and (article.verdict in (Verdict.NONE, Verdict.UNPUBLISHED) or key in targets)
            and article.verdict is not Verdict.SUPERSEDED
        ]
        for key in sorted(waiting, key=self.sort_keys.__getitem__, reverse=True):
            root = self._nearest_root(key)
            if root is None and key not in targets:
                root = self._root_of_previous_story(key)
            if root is None:
                self._make_root(key)
            else:
                self.root_of[key] = root

    def _follow_pointers(self) -> None:
        for key in sorted(self.superseded_by, key=self.sort_keys.__getitem__, reverse=True):
            self.root_of[key] = self.root_of[self.superseded_by[key]]

    def _place_mentioned(self) -> None:
        assigned = {}
        for key, article in self.articles.items():
            if article.verdict is Verdict.RELATED_ONLY and key not in self.root_of:
                root = self._nearest_root(key) or self._root_of_mentioner(key)
                root = root or self._root_of_previous_story(key)
                if root is not None:
                    assigned[key] = root
        self.root_of.update(assigned)

    def _nearest_root(self, key: str) -> str | None:
        near = {n for n in self.neighbours.get(key, ()) if self.root_of.get(n) == n}
        return self._choose(key, near)

    def _root_of_mentioner(self, key: str) -> str | None:
        via = {
            self.root_of[n]
            for n in self.neighbours.get(key, ())
            if n in self.root_of and self.articles[n].verdict is not Verdict.RELATED_ONLY
        }
        return self._choose(key, via)

    def _root_of_previous_story(self, key: str) -> str | None:
        """The root that continues the story which this article was shown under before."""
        story_id = self.previous_story.get(key)
        if story_id is None:
            return None
        return self._choose(key, self.roots_by_story.get(story_id, set()) - {key})

    def _choose(self, key: str, roots: set[str]) -> str | None:
        article = self.articles[key]
        story_id = self.previous_story.get(key)

        def preference(root: str) -> tuple[bool, float, SortKey]:
            shown_there = story_id is not None and self.previous_story.get(root) == story_id
            gap = abs((self.articles[root].published - article.published).total_seconds())
            return (shown_there, -gap, self.sort_keys[root])

        return max(roots, key=preference, default=None)


def _neighbours(articles: Mapping[str, Article]) -> dict[str, set[str]]:
    """The declared relations between `articles`, as a symmetric graph."""
    near: dict[str, set[str]] = {}
    for key, article in articles.items():
        for related_key in article.related:
            if related_key in articles:
                near.setdefault(key, set()).add(related_key)
                near.setdefault(related_key, set()).add(key)
    return near
