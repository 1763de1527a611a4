"""The language that a browser asks for; the platform's pages and the mini-apps' use the same rule."""

import re

from werkzeug.datastructures import LanguageAccept

LANGUAGES = ("zh", "en")


def accepted_language(accepted: LanguageAccept) -> str:
    """`zh` or `en`: the first that the browser names, in its order, else the first that it does not refuse.

    A name of more parts stands for its first one, so `zh-TW` is Chinese (RFC 4647 §3.4, lookup).
    """
    asked = [(re.split("[-_]", name)[0].lower(), quality) for name, quality in accepted]
    wanted = [name for name, quality in asked if quality > 0 and name in LANGUAGES]
    refused = [name for name, quality in asked if quality == 0]
    return next((name for name in (*wanted, *LANGUAGES) if name not in refused), LANGUAGES[0])
