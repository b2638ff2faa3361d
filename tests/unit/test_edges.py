"""Edge cases of addresses, written files, conditional requests and OPML."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.errors import BadDocument
from aggregator.publish.output_folder import write_files
from aggregator.read import read_opml
from aggregator.read.guard import may_connect, networks
from aggregator.serve.conditional import is_not_modified

REFUSED = """
127.0.0.1 127.9.9.9 0.0.0.0 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254
100.64.0.1 192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 255.255.255.255
:: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 2002:7f00:1::
2001:0:7f00:1:: fc00::1 fd00::1 fe80::1 fe80::1%lo fec0::1 ff02::1 2001:db8::1 100::1 5f00::1
localhost 127.1 0x7f000001
""".split()  # noqa: SIM905 -- as a table it reads best
ALLOWED = ["1.1.1.1", "8.8.8.8", "172.32.0.1", "2606:4700:4700::1111", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", REFUSED)
def test_private_and_special_addresses_are_refused(address: str) -> None:
    assert not may_connect(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses_are_allowed(address: str) -> None:
    assert may_connect(address)


def test_a_network_is_allowed_by_name_and_no_more_than_it() -> None:
    allowed = networks(["127.0.0.1/32", "fd00::/8"])
    assert may_connect("127.0.0.1", allowed)
    assert may_connect("::ffff:127.0.0.1", allowed)
    assert may_connect("fd00::5", allowed)
    assert not may_connect("127.0.0.2", allowed)


def test_the_same_bytes_are_not_written_again(tmp_path: Path) -> None:
    assert write_files(tmp_path, [("a", b"1"), ("b", b"2")]) == (["a", "b"], [])
    written_at = (tmp_path / "a").stat().st_mtime_ns
    assert write_files(tmp_path, [("a", b"1"), ("b", b"3")]) == (["b"], [])
    assert (tmp_path / "a").stat().st_mtime_ns == written_at
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_a_file_that_cannot_be_written_leaves_nothing_behind_and_keeps_no_other_back(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").mkdir()
    changed, errors = write_files(tmp_path, [("a", b"1"), ("b", b"2")])
    assert changed == ["b"]
    assert [error.filename2 for error in errors] == [str(tmp_path / "a")]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


DATE = "Sat, 21 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "not_modified"),
    [
        ({}, False),
        ({"if-none-match": '"x"'}, True),
        ({"if-none-match": 'W/"x"'}, True),
        ({"if-none-match": '"a", "x-gzip"'}, True),
        ({"if-none-match": "*"}, True),
        ({"if-none-match": '"a"', "if-modified-since": DATE}, False),
        ({"if-modified-since": DATE}, True),
        ({"if-modified-since": "Sat, 21 Nov 2026 09:59:59 GMT"}, False),
        ({"if-modified-since": "nonsense"}, False),
    ],
)
def test_conditional_requests(headers: dict[str, str], not_modified: bool) -> None:
    assert is_not_modified(headers, ('"x"', '"x-gzip"'), DATE) is not_modified


def test_opml_nested_commented_and_broken() -> None:
    body = b"""<?xml version="1.0"?><opml version="2.0"><body>
    <outline text="Tech"><outline text="Deep"><outline text="A &amp; B" xmlUrl="https://a.com/f"/>
    </outline></outline>
    <outline isComment="true" text="x" xmlUrl="https://c.com/f"/>
    <outline text="bad" xmlUrl="javascript:alert(1)"/>
    <outline TITLE="B" XMLURL="https://b.com/f"/>
    <outline text="again" xmlUrl="https://a.com/f"/></body>"""
    subscriptions = read_opml(body)
    assert [
        (subscription.name, subscription.url, subscription.topics) for subscription in subscriptions
    ] == [
        ("A & B", "https://a.com/f", ("Tech", "Deep")),
        ("B", "https://b.com/f", ()),
    ]


@pytest.mark.parametrize("body", [b"", b"<rss/>", b"words"])
def test_a_document_that_is_no_opml_is_refused(body: bytes) -> None:
    with pytest.raises(BadDocument):
        read_opml(body)
