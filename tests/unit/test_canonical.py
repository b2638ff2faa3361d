"""The canonical URL: each case names the rule that it stands for."""

from __future__ import annotations

import pytest

from aggregator.identify import canonical_url

CASES = [
    ("scheme and host case", "HTTPS://News.Example.com/A", "https://news.example.com/A"),
    ("http is https", "http://e.com/a", "https://e.com/a"),
    ("default port", "https://e.com:443/a", "https://e.com/a"),
    ("other port stays", "https://e.com:8443/a", "https://e.com:8443/a"),
    ("www", "https://www.e.com/a", "https://e.com/a"),
    ("a host that is only www and a suffix stays", "https://www.com/a", "https://www.com/a"),
    ("closing dot of the host", "https://e.com./a", "https://e.com/a"),
    ("closing slash", "https://e.com/a/", "https://e.com/a"),
    ("dot segments (RFC 3986, 6.2.2.3)", "https://e.com/a/./b/../c", "https://e.com/a/c"),
    ("fragment", "https://e.com/a#top", "https://e.com/a"),
    ("tracking parameters", "https://e.com/a?utm_source=x&id=7&fbclid=y", "https://e.com/a?id=7"),
    ("order of parameters", "https://e.com/a?b=2&a=1", "https://e.com/a?a=1&b=2"),
    ("escapes (6.2.2.1, 6.2.2.2)", "https://e.com/%7ea%c3%a9", "https://e.com/~a%C3%A9"),
    ("IPv6", "http://[2001:DB8::A]:8080/x", "https://[2001:db8::a]:8080/x"),
    ("IPv6 with a zone, which may hold anything", "http://[fe80::1%\u202e]/x", ""),
    ("an address of the future", "http://[v1.a:\x9b]/x", ""),
    ("letters beyond ASCII", "https://e.com/é", "https://e.com/%C3%A9"),
    ("international host", "https://bücher.example/", "https://xn--bcher-kva.example"),
    ("AMP by parameter", "https://www.pcgamesn.com/d/x?amp", "https://pcgamesn.com/d/x"),
    ("AMP by value", "https://e.com/x?outputType=amp", "https://e.com/x"),
    ("a parameter named mode that is not AMP", "https://e.com/x?mode=9", "https://e.com/x?mode=9"),
    ("AMP by path", "https://e.com/x/amp/", "https://e.com/x"),
    ("AMP by host", "https://amp.e.com/x", "https://e.com/x"),
    ("AMP by file", "https://e.com/x.amp.html", "https://e.com/x.html"),
    ("AMP by ending", "https://e.com/all-you-need.amphtml", "https://e.com/all-you-need"),
    ("AMP by segment", "https://e.in/x/amp_show/7.cms", "https://e.in/x/show/7.cms"),
    (
        "AMP cache",
        "https://www-e-com.cdn.ampproject.org/c/s/www.e.com/x/amp/",
        "https://e.com/x",
    ),
    ("AMP cache over http", "https://e-com.cdn.ampproject.org/c/e.com/x", "https://e.com/x"),
    (
        "a page that leads on",
        "https://www.google.com/url?rct=j&url=https://www.e.com/a%3Fid%3D7%26utm_source%3Dx&ct=ga",
        "https://e.com/a?id=7",
    ),
    (
        "the same, of Facebook",
        "https://l.facebook.com/l.php?u=http%3A%2F%2Fe.com%2Fa",
        "https://e.com/a",
    ),
    (
        "a page of that name elsewhere",
        "https://e.com/url?url=https://f.com/a",
        "https://e.com/url?url=https://f.com/a",
    ),
    (
        "a page that leads nowhere",
        "https://google.com/url?url=javascript:x",
        "https://google.com/url?url=javascript:x",
    ),
    ("short video link", "https://youtu.be/abc?t=3", "https://youtube.com/watch?v=abc"),
    ("embedded video", "https://www.youtube.com/embed/abc", "https://youtube.com/watch?v=abc"),
    ("video", "https://m.youtube.com/watch?v=abc&t=1", "https://youtube.com/watch?v=abc"),
    ("not http", "javascript:alert(1)", ""),
    ("mail", "mailto:a@e.com", ""),
    ("relative", "/a", ""),
    ("no host", "https:///a", ""),
    ("bad port", "https://e.com:99999999/", ""),
    ("bad bracket", "https://[e.com/", ""),
    ("a host that is none", "https://.e/a", ""),
    ("caches within caches", "https://" + "x.cdn.ampproject.org/c/" * 12 + "e.com/a", ""),
    ("too long", "https://e.com/" + "a" * 3000, ""),
]


@pytest.mark.parametrize(("why", "url", "expected"), CASES, ids=[case[0] for case in CASES])
def test_rule(why: str, url: str, expected: str) -> None:
    assert canonical_url(url) == expected, why
