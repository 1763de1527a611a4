"""Every sentence a page says has its English beside it, and the compiled catalogue is the written one."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from jinja2 import Environment, nodes

from minzhengtong.web.kit import i18n

ROOT = Path(__file__).parents[2]
ENGLISH = ROOT / "minzhengtong" / "translations" / "en" / "LC_MESSAGES"
SOURCES = (("minzhengtong/web", [("**.py", "python")]), ("templates", [("**.html", "jinja2")]))


@pytest.fixture(scope="module")
def english() -> Catalog:
    with (ENGLISH / "messages.po").open("rb") as file:
        return read_po(file, locale="en")


def _said() -> set[str]:
    found = set()
    for folder, methods in SOURCES:
        for _, _, message, _, _ in extract_from_dir(
            ROOT / folder,
            methods,
            keywords={"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)},
        ):
            found.add(message if isinstance(message, str) else message[0])
    return found


def test_every_sentence_has_its_english(english: Catalog) -> None:
    missing = sorted(text for text in _said() if not (text in english and english[text].string))
    assert missing == []


def test_no_sentence_is_left_over(english: Catalog) -> None:
    said = _said()
    assert [m.id for m in english if m.id and (m.id if isinstance(m.id, str) else m.id[0]) not in said] == []


def test_templates_say_only_texts_that_stand_in_them() -> None:
    """Each is kept for ever and not escaped: neither must happen to what somebody typed."""
    calls = [call for file in (ROOT / "templates").rglob("*.html") for call in _texts_of(file)]
    assert len(calls) > 100
    assert [call for call in calls if not isinstance(call.args[0], nodes.Const)] == []


def _texts_of(file: Path) -> list[nodes.Call]:
    calls = Environment(autoescape=True).parse(file.read_text("utf-8")).find_all(nodes.Call)
    return [call for call in calls if isinstance(call.node, nodes.Name) and call.node.name == "_"]


@pytest.mark.parametrize(("language", "begins"), [("zh", "尝试太频繁"), ("en", "Too many")])
def test_values_within_a_text_are_escaped(language: str, begins: str) -> None:
    app = Flask("minzhengtong")
    i18n.setup(app)
    with app.test_request_context(headers={"Accept-Language": language}):
        said = app.jinja_env.globals["_"]("尝试太频繁，请在 %(seconds)s 秒后再试", seconds="<b>")  # type: ignore[operator]
    assert said.startswith(begins)
    assert "&lt;b&gt;" in said


def test_placeholders_agree(english: Catalog) -> None:
    assert [list(message.check()) for message in english if list(message.check())] == []


def test_english_has_no_quotation_mark_that_chinese_fonts_draw_wide(english: Catalog) -> None:
    texts = [str(message.string) for message in english]
    for file in (ROOT / "minzhengtong" / "sdk" / "i18n" / "en.json", *ROOT.glob("miniapps/*/i18n/en.json")):
        texts += json.loads(file.read_text("utf-8")).values()
    assert len(texts) > 150
    assert [text for text in texts if set(text) & set("\u201c\u201d\u2018\u2019")] == []


def test_the_compiled_catalogue_is_fresh(english: Catalog) -> None:
    compiled = BytesIO()
    write_mo(compiled, english)
    assert (ENGLISH / "messages.mo").read_bytes() == compiled.getvalue()
