"""What an origin may look like, so that it is safe in a header."""

import pytest

from minzhengtong.base.hosts import is_origin


@pytest.mark.parametrize(
    "url",
    [
        "http://a",
        "http://a.example",
        "https://a.example:8443",
        "https://A-b.9.xn--fiqs8s",
        "https://a.example.",
        "http://127.0.0.1:65535",
        "http://[::1]:80",
        "http://[::ffff:127.0.0.1]",
    ],
)
def test_origins(url: str) -> None:
    assert is_origin(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a",
        "http://",
        "http://a/",
        "http://u@a",
        "http://a?b",
        "http://a:x",
        "http://a:",
        "http://a:0",
        "http://a:65536",
        "https://evil.test;sandbox",
        'https://"evil".test',
        "https://evil.test'",
        "https://evil.test,x",
        "https://evil.test\n",
        "https://evil test",
        "https://*.test",
        "https://a_b.test",
        "https://.test",
        "https://a..test",
        "https://a.test..",
        "https://-x.test",
        "https://x-.test",
        "https://" + "x" * 64 + ".test",
        "https://\u212a.test",
        "https://127.1",
        "https://0x7f.1",
        "https://[v1.x]:9",
        "https://[127.0.0.1]",
        "https://[:::1]",
        "https://[::1",
        "https://[fe80::1%1]",
    ],
)
def test_urls_that_are_no_origins(url: str) -> None:
    assert not is_origin(url)
