"""A site's own templates: they replace ours, and a broken one costs only itself."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.publish.front_page import front_page
from aggregator.publish.page_context import PageContext
from aggregator.publish.templating import problems_of
from tests.unit.test_front_page import SITE, entry, feed

OURS = PageContext(SITE, [feed("all", [entry(1)])])


def with_template(folder: Path, name: str, text: str) -> PageContext:
    (folder / name).write_text(text, "utf-8")
    return replace(OURS, site=replace(SITE, templates=str(folder)))


def test_a_template_of_the_site_replaces_ours_and_can_extend_it(tmp_path: Path) -> None:
    text = (
        '{% extends "default/index.html" %}{% block main %}<p>Mine</p>{{ super() }}{% endblock %}'
    )
    page = front_page(with_template(tmp_path, "index.html", text)).decode()
    assert "<p>Mine</p>" in page
    assert "Story 1" in page
    assert "Mine" not in front_page(OURS).decode()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("index.html", "{{ nothing.at_all }}"),
        ("index.html", "{% if %}"),
        ("macros.html", "{% macro row(page, entry) %}{{ entry.nothing }}{% endmacro %}"),
        ("index.html", "{{ page.__class__.__mro__ }}"),
    ],
)
def test_where_one_fails_the_page_is_as_without_it(
    name: str, text: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    context = with_template(tmp_path, name, text)
    with caplog.at_level(logging.ERROR):
        assert front_page(context) == front_page(OURS)
    assert "a template of site.templates fails" in caplog.text


def test_a_mistake_is_named_with_its_file_and_line(tmp_path: Path) -> None:
    with_template(tmp_path, "topic.html", "<p>\n{% if %}")
    (problem,) = problems_of(tmp_path)
    assert problem.startswith(f"{tmp_path / 'topic.html'}, line 2: ")
