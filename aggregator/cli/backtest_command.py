"""``aggregator backtest``: ranking formulas on history, with later coverage as gain."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from statistics import fmean

from aggregator.cli.session import errors_as_text, say
from aggregator.config import load_settings
from aggregator.errors import AggregatorError, BadDocument
from aggregator.evaluation.backtest import moments, ndcg
from aggregator.merge import MergeOptions
from aggregator.model import Site, clean_text
from aggregator.pipeline import PlanOptions, lexicon
from aggregator.rank import RankingOptions
from aggregator.read.replay import replayed

_NEVER = timedelta(days=36_500)  # a half-life without decay


def backtest(files: list[Path], config: Path | None, *, text: bool) -> None:
    """Print a table of NDCG@10 with a row per formula and a column per file."""
    with errors_as_text():
        configured = load_settings(config).ranking if config else RankingOptions()
        options = PlanOptions(
            Site(clean_text("backtest"), "http://localhost/"), merging=MergeOptions(text)
        )
        columns = []
        for file in files:
            try:
                columns.append(moments(replayed(file), options, lexicon))
            except BadDocument as error:
                raise AggregatorError(f"{error.reason} (line {error.line})") from error
        say(f"{'NDCG@10':28}" + "".join(f"{file.name[:24]:>26}" for file in files))
        counts = "".join(f"{len(column):>20} points" for column in columns)
        say(f"{'':27}{counts}")
        for name, ranking in _formulas(configured).items():
            scores = (
                f"{fmean(ndcg(moment, ranking) for moment in column):26.3f}"
                if column
                else f"{'-':>26}"
                for column in columns
            )
            say(f"{name:28}" + "".join(scores))


def _formulas(configured: RankingOptions) -> dict[str, RankingOptions]:
    plain = RankingOptions(spread=0)
    heat = replace(plain, formula="heat")
    return {
        "newest first": replace(plain, formula="newest"),
        "Hacker News on heat": replace(plain, formula="hacker-news"),
        "Reddit hot on heat": replace(plain, formula="reddit"),
        "heat": replace(heat, half_life=_NEVER),
        "heat, half-life 48 h": replace(heat, half_life=timedelta(hours=48)),
        "heat, half-life 24 h": replace(heat, half_life=timedelta(hours=24)),
        "standard, as configured": replace(configured, pinned=(), blocked=()),
    }
