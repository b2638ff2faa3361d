"""The full-text index over the articles: SQLite's FTS5, or PostgreSQL's ``tsvector``.

Both are given the words that ``classify`` finds phrases by, so that the index and a query agree on
what a word is; neither takes a text apart on its own. Words hold letters, digits and marks only:
nothing in them is an operator or a quote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from aggregator.classify import search_words
from aggregator.model import Article
from aggregator.store.database import storable_text

_MAX_WORD = 500  # characters; PostgreSQL takes at most 2,046 bytes
_MAX_WORDS = 10_000  # of a text; a tsvector has at most a megabyte
_MAX_POSITION = 16_383  # of a tsvector
Run = Sequence[str]
TextQuery = Sequence[Sequence[Run]]
"""Groups of alternatives, each a run of words; a text that is found has one of each group."""


@dataclass(frozen=True, slots=True)
class _Dialect:
    """How a database writes it: `mark` stands for a value in the two statements that its driver
    gets directly, `create` makes the index, `put` fills it, `find` asks it for
    numbers and `best` for the keys of the best. A quoted word stands between `quote`, or a run of
    them where `whole`."""

    mark: str
    create: tuple[str, ...]
    put: str
    find: str
    best: str
    quote: str
    whole: bool
    then: str
    either: str
    both: str

    def wanted(self, needs: TextQuery) -> str:
        """The groups in the database's own query language."""
        return self.both.join(f"({self.either.join(map(self._run, group))})" for group in needs)

    def _run(self, run: Run) -> str:
        quote = self.quote
        run = [word[:_MAX_WORD] for word in run]
        if self.whole:
            return f"{quote}{self.then.join(run)}{quote}"
        return f"({self.then.join(f'{quote}{word}{quote}' for word in run)})"


_KEPT = (
    "INSERT INTO texts (source, ref, slot, key) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (source, ref, slot) DO UPDATE SET key = excluded.key"
)
_DIALECTS = {
    "sqlite": _Dialect(
        mark="?",
        create=(
            "CREATE VIRTUAL TABLE IF NOT EXISTS article_words USING fts5(words, "
            "tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* M*'\")",
        ),
        put="INSERT OR REPLACE INTO article_words (rowid, words) SELECT id, ? FROM texts "
        "WHERE source = ? AND ref = ? AND slot = ?",
        find="SELECT rowid FROM article_words WHERE article_words MATCH :wanted",
        best="SELECT key FROM article_words JOIN texts ON id = article_words.rowid "
        "WHERE article_words MATCH :wanted ORDER BY bm25(article_words), key LIMIT :most",
        quote='"', whole=True, then=" ", either=" OR ", both=" AND ",
    ),
    "postgresql": _Dialect(
        mark="%s",
        create=(
            "CREATE TABLE IF NOT EXISTS article_words (text_id INT PRIMARY KEY, words TSVECTOR)",
            "CREATE INDEX IF NOT EXISTS article_words_index ON article_words USING gin (words)",
        ),
        put="INSERT INTO article_words SELECT id, CAST(? AS tsvector) FROM texts "
        "WHERE source = ? AND ref = ? AND slot = ? "
        "ON CONFLICT (text_id) DO UPDATE SET words = excluded.words",
        find="SELECT text_id FROM article_words WHERE words @@ CAST(:wanted AS tsquery)",
        best="SELECT key FROM article_words JOIN texts ON id = text_id "
        "WHERE words @@ CAST(:wanted AS tsquery) "
        "ORDER BY ts_rank(words, CAST(:wanted AS tsquery)) DESC, key LIMIT :most",
        quote="'", whole=False, then=" <-> ", either=" | ", both=" & ",
    ),
}  # fmt: skip


def create_index(connection: Connection) -> None:
    """Make the empty index."""
    for statement in _DIALECTS[connection.dialect.name].create:
        connection.execute(text(statement))


def put_words(connection: Connection, articles: Iterable[Article]) -> None:
    """Put the articles into the index, or put them in anew."""
    dialect = _DIALECTS[connection.dialect.name]
    kept, put = [], []
    for article in articles:
        found = search_words(storable_text(f"{article.title}\n{article.excerpt}"))
        words = found[:_MAX_WORDS]
        if max(map(len, words), default=0) > _MAX_WORD:
            words = [word[:_MAX_WORD] for word in words]
        place = tuple(map(storable_text, article.row_key))
        kept.append((*place, storable_text(article.key)))
        put.append((" ".join(words) if dialect.whole else _vector(words), *place))
    if kept:  # by the driver itself: SQLAlchemy would take twice as long as the database
        connection.exec_driver_sql(_KEPT.replace("?", dialect.mark), kept)
        connection.exec_driver_sql(dialect.put.replace("?", dialect.mark), put)


def remove_words(connection: Connection, source: str) -> None:
    """Take all that a source told out of the index; its rows in ``texts`` are still there."""
    column = "rowid" if connection.dialect.name == "sqlite" else "text_id"
    connection.execute(
        text(
            f"DELETE FROM article_words WHERE {column} IN "  # noqa: S608 -- one of two constants
            "(SELECT id FROM texts WHERE source = :source)"
        ),
        {"source": source},
    )


def find_text_ids(connection: Connection, needs: TextQuery) -> list[int]:
    """The numbers, in ``texts``, of the articles that have what is needed. These may be very many,
    and numbers come several times as fast as keys."""
    dialect = _DIALECTS[connection.dialect.name]
    rows = connection.execute(text(dialect.find), {"wanted": dialect.wanted(needs)}).fetchall()
    return [number for (number,) in rows]


def find_best_keys(connection: Connection, needs: TextQuery, most: int) -> list[str]:
    """The keys of those that have it, the best first, at most so many."""
    dialect = _DIALECTS[connection.dialect.name]
    values = {"wanted": dialect.wanted(needs), "most": most}
    return list(dict.fromkeys(connection.execute(text(dialect.best), values).scalars()))


def _vector(words: Sequence[str]) -> str:
    """The words with their places, as PostgreSQL writes a tsvector."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words, 1):
        places.setdefault(word, []).append(str(min(place, _MAX_POSITION)))
    return " ".join(f"'{word}':{','.join(found[:250])}" for word, found in places.items())
