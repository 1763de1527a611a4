"""Languages: Chinese and English. The person's own choice comes before the browser's.

To add a text, write the Chinese in `_()` and add the pair to `translations/en/LC_MESSAGES/messages.po` in the
same folder of web. Then run `pybabel compile -d minzhengtong/web/FOLDER/translations`.
"""

from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, g, redirect, request, session
from flask_babel import Babel, gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from minzhengtong.base.errors import InvalidInput
from minzhengtong.sdk.accepted import accepted_language
from minzhengtong.web.kit.guards import public
from minzhengtong.web.kit.targets import local_target

LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
CATALOGUES = sorted(Path(__file__).parents[1].glob("*/translations"))
"""One for each folder of web; the kit's holds the texts that several folders share."""

blueprint = Blueprint("i18n", __name__)


def setup(app: Flask) -> None:
    """Translate the pages of `app`."""
    Babel(
        app,
        default_locale=LANGUAGES["zh"],
        default_translation_directories=";".join(map(str, CATALOGUES)),
        locale_selector=lambda: LANGUAGES[language()],
        configure_jinja=False,  # its `_` looks up the catalogue for each text: a sixth of a page's time
    )
    # Globals, not a context processor: imported macros see no context.
    app.jinja_env.globals.update(_=_text, lang=lambda: "en" if language() == "en" else "zh-Hans")


def language() -> str:
    """`zh` or `en`: the person's choice, else what the browser asks for."""
    if "language" not in g:  # a page asks about fifty times
        g.language = _language()
    return str(g.language)


def _language() -> str:
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    return accepted_language(request.accept_languages)


def _text(chinese: str, **values: object) -> Markup:
    """A template's text in the language of this request, with its values escaped and filled in."""
    text = _translated(chinese, language())
    return text % values if values else text


@cache
def _translated(chinese: str, _: str) -> Markup:
    """Cached for ever: the texts are those in the templates, so their number is fixed."""
    return Markup(gettext(chinese))  # noqa: S704


@blueprint.post("/language")
@public
def switch() -> Response:
    """Remember the language chosen and return to the page."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise InvalidInput("language zh or en", chosen[:20])
    session["language"] = chosen
    return redirect(local_target(request.form.get("next")), 303)
