"""``aggregator store``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from aggregator.cli.session import counted, current_time, opened, say, say_json
from aggregator.config import Settings
from aggregator.store.sizes import StoreSizes, compact, sizes_of


def store(config: Path, now: datetime | None, *, compacting: bool, as_json: bool) -> None:
    """Print how large the store is. With `compacting` the file is written anew first."""
    with opened(config) as (settings, opened_store):
        if compacting:
            with opened_store.exclusive():
                compact(opened_store.database)
        sizes = sizes_of(opened_store.database, _cutoff(settings, now))
        if as_json:
            say_json(_fields(sizes, settings))
        else:
            _show(sizes, settings)


def _cutoff(settings: Settings, now: datetime | None) -> datetime | None:
    return None if settings.keep is None else current_time(now) - settings.keep


def _fields(sizes: StoreSizes, settings: Settings) -> dict[str, object]:
    return {
        "bytes": sizes.file_bytes,
        "pages": sizes.pages,
        "free_pages": sizes.free_pages,
        "shrinks": sizes.shrinks,
        "keep_days": None if settings.keep is None else settings.keep.total_seconds() / 86_400,
        "oldest_article": sizes.oldest_article,
        "waiting_stories": sizes.waiting_stories,
        "rows": sizes.rows,
    }


def _show(sizes: StoreSizes, settings: Settings) -> None:
    kept = "for ever" if settings.keep is None else f"{settings.keep.total_seconds() / 86_400:g}d"
    say(f"size: {_megabytes(sizes.file_bytes)}{_free(sizes)}")
    oldest = f"{sizes.oldest_article:%Y-%m-%d %H:%M:%S} UTC" if sizes.oldest_article else "none"
    say(f"oldest article: {oldest}; stories are kept {kept} after they last changed")
    waiting = counted(sizes.waiting_stories, "story", "stories")
    say(f"not updated for that long: {waiting}, removed by `aggregator run` or at the next `build`")
    for name, number in sorted(sizes.rows.items(), key=lambda item: (-item[1], item[0])):
        say(f"  {name}: {number:,} rows")
    if sizes.shrinks is False:
        say("this file never shrinks: stop the daemon and run `aggregator store --compact` once")


def _free(sizes: StoreSizes) -> str:
    if not sizes.pages:
        return ""
    share = 100 * (sizes.free_pages or 0) / sizes.pages
    return f", {sizes.free_pages or 0:,} of {sizes.pages:,} pages free ({share:.0f} %)"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
