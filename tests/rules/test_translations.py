"""Every text of a page has its English, and the compiled catalogues are up to date."""

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from jinja2 import Environment, nodes

from minzhengtong.web.kit import i18n

ROOT = Path(__file__).parents[2]
WEB, TEMPLATES = ROOT / "minzhengtong" / "web", ROOT / "templates"
KEYWORDS = {"_": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}
KIT = "kit"
FOLDERS = sorted(catalogue.parent.name for catalogue in i18n.CATALOGUES)


@dataclass(frozen=True)
class English:
    """The catalogue of one folder of web."""

    folder: str

    @property
    def written(self) -> Path:
        return WEB / self.folder / "translations" / "en" / "LC_MESSAGES" / "messages.po"

    def read(self) -> Catalog:
        with self.written.open("rb") as file:
            return read_po(file, locale="en")

    def texts(self) -> set[str]:
        """The texts that have their English."""
        translated = (message for message in self.read() if message.id and all(_forms(message.string or "")))
        return {_first(message.id) for message in translated}


@pytest.fixture(params=FOLDERS)
def english(request: pytest.FixtureRequest) -> English:
    return English(request.param)


def _forms(text: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text)


def _first(text: str | tuple[str, ...] | list[str]) -> str:
    return _forms(text)[0]


def _said() -> dict[str, set[str]]:
    """Every text, with the folders of web that say it; a template that is no audience's is the kit's."""
    files = {path: path.relative_to(WEB).parts[0] for path in WEB.rglob("*.py")}
    files |= {path: path.relative_to(TEMPLATES).parts[0] for path in TEMPLATES.rglob("*.html")}
    found: dict[str, set[str]] = {}
    for path, folder in files.items():
        method = "python" if path.suffix == ".py" else "jinja2"
        for _, message, _, _ in extract_from_file(method, path, keywords=KEYWORDS):
            found.setdefault(_first(message), set()).add(folder if folder in FOLDERS else KIT)
    return found


def test_every_text_has_its_english_in_its_folder_or_in_the_kit() -> None:
    """What one folder says stands in its own catalogue, what several say in the kit's; none in two."""
    written = {folder: English(folder).texts() for folder in FOLDERS}
    wanted: dict[str, set[str]] = {folder: set() for folder in FOLDERS}
    for text, folders in _said().items():
        wanted[next(iter(folders)) if len(folders) == 1 else KIT].add(text)
    assert written == wanted


def test_templates_translate_only_literals() -> None:
    """A translated text is cached and not escaped, so it must never hold user input."""
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


def test_placeholders_agree(english: English) -> None:
    assert [error for message in english.read() for error in message.check()] == []


def test_english_has_no_quotation_mark_that_chinese_fonts_draw_wide() -> None:
    texts = [str(message.string) for folder in FOLDERS for message in English(folder).read()]
    for file in (ROOT / "minzhengtong" / "sdk" / "i18n" / "en.json", *ROOT.glob("miniapps/*/i18n/en.json")):
        texts += json.loads(file.read_text("utf-8")).values()
    assert len(texts) > 150
    assert [text for text in texts if set(text) & set("\u201c\u201d\u2018\u2019")] == []


def test_the_compiled_catalogue_is_fresh(english: English) -> None:
    compiled = BytesIO()
    write_mo(compiled, english.read())
    assert english.written.with_suffix(".mo").read_bytes() == compiled.getvalue()
