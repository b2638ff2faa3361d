"""The full-text index over the articles: SQLite's FTS5, or PostgreSQL's ``tsvector``.

Both index the words by which ``classify`` finds phrases, so that the index and a query agree on
what a word is; neither database splits a text itself. Words consist of letters, digits and marks
only, so none of them holds an operator or a quote.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Integer, TextualSelect, column, text

from aggregator.classify import TextQuery, search_words
from aggregator.model import Article
from aggregator.store.database import storable_text

_MAX_WORD = 500  # characters; PostgreSQL takes at most 2,046 bytes
_MAX_WORDS = 10_000  # per text; a tsvector has at most a megabyte
_MAX_POSITION = 16_383  # the highest in a tsvector
_MAX_POSITIONS = 250  # per word; a tsvector holds at most 256


@dataclass(frozen=True, slots=True)
class _Dialect:
    """The statements and operators of a database. `placeholder` stands for a value in the two
    statements that its driver gets directly; `find` selects the ids in ``texts`` of the matches,
    `best` the keys of the best matches. `quotes_runs`: one pair of quotes encloses a run of words,
    else each word has its own."""

    placeholder: str
    create: tuple[str, ...]
    insert: str
    find: str
    best: str
    quote: str
    quotes_runs: bool
    phrase_operator: str
    or_operator: str
    and_operator: str

    def match_expression(self, query: TextQuery) -> str:
        """The query in the database's own query language."""
        groups = (self.or_operator.join(map(self._run, group)) for group in query)
        return self.and_operator.join(f"({group})" for group in groups)

    def _run(self, run: Sequence[str]) -> str:
        quote = self.quote
        words = [word[:_MAX_WORD] for word in run]
        if self.quotes_runs:
            return f"{quote}{self.phrase_operator.join(words)}{quote}"
        return f"({self.phrase_operator.join(f'{quote}{word}{quote}' for word in words)})"


_UPSERT_TEXT = (
    "INSERT INTO texts (source, ref, slot, key) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (source, ref, slot) DO UPDATE SET key = excluded.key"
)
_DIALECTS = {
    "sqlite": _Dialect(
        placeholder="?",
        create=(
            "CREATE VIRTUAL TABLE IF NOT EXISTS article_words USING fts5(words, "
            "tokenize = \"unicode61 remove_diacritics 0 categories 'L* N* M*'\")",
        ),
        insert="INSERT OR REPLACE INTO article_words (rowid, words) SELECT id, ? FROM texts "
        "WHERE source = ? AND ref = ? AND slot = ?",
        find="SELECT rowid FROM article_words WHERE article_words MATCH :query",
        best="SELECT key FROM article_words JOIN texts ON id = article_words.rowid "
        "WHERE article_words MATCH :query ORDER BY bm25(article_words), key LIMIT :limit",
        quote='"',
        quotes_runs=True,
        phrase_operator=" ",
        or_operator=" OR ",
        and_operator=" AND ",
    ),
    "postgresql": _Dialect(
        placeholder="%s",
        create=(
            "CREATE TABLE IF NOT EXISTS article_words (text_id INT PRIMARY KEY, words TSVECTOR)",
            "CREATE INDEX IF NOT EXISTS article_words_index ON article_words USING gin (words)",
        ),
        insert="INSERT INTO article_words SELECT id, CAST(? AS tsvector) FROM texts "
        "WHERE source = ? AND ref = ? AND slot = ? "
        "ON CONFLICT (text_id) DO UPDATE SET words = excluded.words",
        find="SELECT text_id FROM article_words WHERE words @@ CAST(:query AS tsquery)",
        best="SELECT key FROM article_words JOIN texts ON id = text_id "
        "WHERE words @@ CAST(:query AS tsquery) "
        "ORDER BY ts_rank(words, CAST(:query AS tsquery)) DESC, key LIMIT :limit",
        quote="'",
        quotes_runs=False,
        phrase_operator=" <-> ",
        or_operator=" | ",
        and_operator=" & ",
    ),
}


def create_index(connection: Connection) -> None:
    """Create the index where there is none."""
    for statement in _DIALECTS[connection.dialect.name].create:
        connection.execute(text(statement))


def put_words(connection: Connection, articles: Iterable[Article]) -> None:
    """Index the articles; those that are indexed already are replaced."""
    dialect = _DIALECTS[connection.dialect.name]
    text_rows, word_rows = [], []
    for article in articles:
        words = search_words(storable_text(f"{article.title}\n{article.excerpt}"))[:_MAX_WORDS]
        if max(map(len, words), default=0) > _MAX_WORD:
            words = [word[:_MAX_WORD] for word in words]
        row_key = tuple(map(storable_text, article.row_key))
        text_rows.append((*row_key, storable_text(article.key)))
        word_rows.append((" ".join(words) if dialect.quotes_runs else _vector(words), *row_key))
    if text_rows:  # directly to the driver: SQLAlchemy would take twice as long as the database
        connection.exec_driver_sql(_UPSERT_TEXT.replace("?", dialect.placeholder), text_rows)
        connection.exec_driver_sql(dialect.insert.replace("?", dialect.placeholder), word_rows)


def remove_words(connection: Connection, source: str) -> None:
    """Remove the articles of a source from the index; their rows in ``texts`` stay."""
    column = "rowid" if connection.dialect.name == "sqlite" else "text_id"
    connection.execute(
        text(
            f"DELETE FROM article_words WHERE {column} IN "  # noqa: S608 -- one of two constants
            "(SELECT id FROM texts WHERE source = :source)"
        ),
        {"source": source},
    )


def remove_texts(connection: Connection, text_ids: Sequence[int]) -> None:
    """Remove these articles from the index, and their rows in ``texts``."""
    dialect = connection.dialect.name
    column = "rowid" if dialect == "sqlite" else "text_id"
    mark = _DIALECTS[dialect].placeholder
    if values := [(text_id,) for text_id in text_ids]:
        for table, id_column in (("article_words", column), ("texts", "id")):
            statement = f"DELETE FROM {table} WHERE {id_column} = {mark}"  # noqa: S608 -- constants
            connection.exec_driver_sql(statement, values)


def merge_index(connection: Connection, pages: int, *, begin: bool) -> bool:
    """Write so many pages of the index anew, without what was removed: until then FTS5 keeps
    the words of removed articles. `begin`: start over. Returns whether there is more to do."""
    if connection.dialect.name != "sqlite":
        return False
    merge = "INSERT INTO article_words (article_words, rank) VALUES ('merge', ?)"
    count = "SELECT total_changes()"
    before = connection.exec_driver_sql(count).scalar() or 0
    connection.exec_driver_sql(merge, (-pages if begin else pages,))
    return (connection.exec_driver_sql(count).scalar() or 0) - before >= 2  # see FTS5, 6.8


def load_text_ids(connection: Connection) -> dict[str, list[int]]:
    """The ids in ``texts`` by the key of the article."""
    text_ids: dict[str, list[int]] = {}
    for text_id, key in connection.execute(text("SELECT id, key FROM texts")):
        text_ids.setdefault(key, []).append(text_id)
    return text_ids


def find_text_ids(connection: Connection, query: TextQuery) -> list[int]:
    """The ids in ``texts`` of all articles that match. These may be very many, and reading ids is
    several times as fast as reading keys."""
    dialect = _DIALECTS[connection.dialect.name]
    values = {"query": dialect.match_expression(query)}
    return list(connection.execute(text(dialect.find), values).scalars())


def matching_texts(connection: Connection, query: TextQuery) -> TextualSelect:
    """The same as a part of another statement, which selects the ids."""
    dialect = _DIALECTS[connection.dialect.name]
    return (
        text(dialect.find)
        .bindparams(query=dialect.match_expression(query))
        .columns(column("id", Integer))
    )


def find_best_keys(connection: Connection, query: TextQuery, limit: int) -> list[str]:
    """The keys of at most `limit` articles that match, best first (BM25, or ts_rank in
    PostgreSQL)."""
    dialect = _DIALECTS[connection.dialect.name]
    values = {"query": dialect.match_expression(query), "limit": limit}
    return list(dict.fromkeys(connection.execute(text(dialect.best), values).scalars()))


def _vector(words: Sequence[str]) -> str:
    """The words with their positions, as PostgreSQL writes a tsvector."""
    positions: dict[str, list[str]] = {}
    for position, word in enumerate(words, 1):
        positions.setdefault(word, []).append(str(min(position, _MAX_POSITION)))
    return " ".join(
        f"'{word}':{','.join(numbers[:_MAX_POSITIONS])}" for word, numbers in positions.items()
    )
