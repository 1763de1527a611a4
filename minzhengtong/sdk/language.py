"""Chinese and English: the Chinese text is the key of `i18n/en.json`."""

import json
from pathlib import Path
from urllib.parse import urlencode

from flask import g, redirect, request
from werkzeug.wrappers import Response

from minzhengtong.sdk.accepted import LANGUAGES, accepted_language

COOKIE = "language"
COOKIE_SECONDS = 365 * 86_400
PARAMETER = "lang"


class Catalogue:
    """The English of an app's texts; a text it lacks is looked up in the SDK's own."""

    def __init__(self, app_folder: Path) -> None:
        files = [folder / "i18n" / "en.json" for folder in (Path(__file__).parent, app_folder)]
        self._english: dict[str, str] = {}
        for file in filter(Path.is_file, files):
            self._english |= json.loads(file.read_text("utf-8"))

    def text(self, chinese: str, **values: object) -> str:
        """The text in the language of this request, with `{name}` filled in."""
        found = self._english.get(chinese, chinese) if current_language() == "en" else chinese
        return found.format(**values) if values else found


def current_language() -> str:
    """`zh` or `en`: the citizen's choice, else what the browser asks for."""
    if "language" not in g:
        chosen = request.cookies.get(COOKIE)
        g.language = chosen if chosen in LANGUAGES else accepted_language(request.accept_languages)
    return str(g.language)


def switch_language() -> Response | None:
    """Before a request: remember `?lang=` in a cookie and go on to the page itself."""
    chosen = request.args.get(PARAMETER)
    if request.method != "GET" or chosen not in LANGUAGES:
        return None
    kept = urlencode([(name, text) for name, text in request.args.items(multi=True) if name != PARAMETER])
    response = redirect(f"{request.base_url}?{kept}" if kept else request.base_url, 303)
    secure = request.is_secure
    response.set_cookie(COOKIE, chosen, COOKIE_SECONDS, httponly=True, samesite="Lax", secure=secure)
    return response
