"""Sitemaps of many pages, and the icon of a site."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.config import load_settings
from aggregator.errors import ConfigError
from aggregator.model import CleanText, Site
from aggregator.publish import SitemapUrl, icon_files, sitemap
from tests.conftest import NOW, config_writer, story_writer

SITE = Site(CleanText("News"), "https://news.example/a&b/")


def test_more_urls_than_a_sitemap_holds_are_in_several() -> None:
    urls = [SitemapUrl(f"stories/{n}", NOW + timedelta(hours=n)) for n in range(5)]
    index = sitemap(SITE, urls, size=2).decode()
    assert "<sitemapindex" in index
    assert [f"a&amp;b/sitemap-{n}.xml</loc>" in index for n in (1, 2, 3, 4)] == [True] * 3 + [False]
    assert "<lastmod>2026-11-22T13:00:00Z</lastmod>" in index  # the newest of the first two
    parts = [sitemap(SITE, urls, number, 2).decode() for number in (1, 2, 3)]
    assert [part.count("<loc>") for part in parts] == [2, 2, 1]
    with pytest.raises(IndexError):
        sitemap(SITE, urls, 4, 2)
    assert "<urlset" in sitemap(SITE, urls, size=5).decode()


def test_a_site_has_its_own_icon_or_ours(tmp_path: Path) -> None:
    story_writer(tmp_path)("a.md")
    write_config = config_writer(tmp_path)
    own = tmp_path / "mark.PNG"
    own.write_bytes(b"a picture")
    settings = load_settings(write_config(site={"icon": str(own)}))
    icon, favicon = icon_files(settings.site)
    assert (icon.name, icon.media_type, icon.data) == ("icon.png", "image/png", b"a picture")
    assert (favicon.name, favicon.media_type) == ("favicon.ico", "image/png")
    own.unlink()
    assert icon_files(settings.site)[0].data.startswith(b"\x89PNG")  # ours, until it is back
    assert icon_files(replace(settings.site, icon=""))[0].name == "icon.svg"
    for name, reason in (("none.png", "there is no file"), ("a.md", "must be a file of type .svg")):
        with pytest.raises(ConfigError, match=reason):
            load_settings(write_config(site={"icon": name}))
