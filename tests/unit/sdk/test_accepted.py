"""The language that a browser asks for, on the platform's pages and in the mini-apps."""

import pytest
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from minzhengtong.sdk.accepted import accepted_language

ASKED = {
    "": "zh",
    "zh-TW,en;q=0.5": "zh",
    "zh-Hant-HK,en;q=0.9": "zh",
    "en-US,zh-CN;q=0.9": "en",
    "en-US,en;q=0.9,zh-CN;q=0.8": "en",
    "zh-CN;q=0.8,en-GB": "en",
    "zh-CN,zh;q=0.9,en;q=0.8": "zh",
    "fr-FR,fr;q=0.9,en;q=0.7,zh;q=0.6": "en",
    "fr, de": "zh",
    "*": "zh",
    "*, en;q=0.5": "en",
    "EN-us": "en",
    "zh_TW": "zh",
    "zh;q=0, *": "en",
    "zh;q=0, en;q=0": "zh",
    "zho, eng": "zh",
    "-,;q=": "zh",
}


@pytest.mark.parametrize("header", ASKED)
def test_the_first_language_that_we_have_is_chosen(header: str) -> None:
    assert accepted_language(parse_accept_header(header, LanguageAccept)) == ASKED[header]
