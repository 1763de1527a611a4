"""Template filters: money, times, names in two languages, and texts in one."""

import re
from datetime import datetime

from flask import Flask
from flask_babel import gettext, ngettext
from markupsafe import Markup

from minzhengtong.base.clock import local_date, local_time, with_local_times
from minzhengtong.base.money import format_fen
from minzhengtong.web.kit.current import now
from minzhengtong.web.kit.i18n import language

_CHINESE = re.compile("[\u3400-\u9fff]")


def setup(app: Flask) -> None:
    """Give the templates of `app` these filters."""
    app.jinja_env.filters.update(
        money=format_fen,
        exact=local_time,
        ago=ago,
        local=local,
        as_written=as_written,
        local_times=with_local_times,
        app_text=app_text,
    )


def ago(when: datetime) -> str:
    """The time as people say it; the date after a week."""
    seconds = (now() - when).total_seconds()
    if seconds < 60:
        return gettext("刚刚")
    if seconds < 3600:
        return ngettext("%(num)d 分钟前", "%(num)d 分钟前", int(seconds // 60))
    if seconds < 86_400:
        return ngettext("%(num)d 小时前", "%(num)d 小时前", int(seconds // 3600))
    if seconds < 7 * 86_400:
        return ngettext("%(num)d 天前", "%(num)d 天前", int(seconds // 86_400))
    return f"{local_date(when)}"


def as_written(text: str) -> str:
    """A text of an app or a certificate, unchanged. On an English page Chinese text is marked with `lang`.

    A screen reader needs the mark to choose a Chinese voice; the script is all we know of the language.
    """
    if language() == "zh" or not _CHINESE.search(text):
        return text
    return Markup('<span lang="zh-Hans">{}</span>').format(text)


def local(thing: object, attribute: str = "name") -> str:
    """An attribute in the reader's language: `name` or `name_en`."""
    return str(getattr(thing, attribute if language() == "zh" else f"{attribute}_en"))


def app_text(chinese: str, english: str | None) -> str:
    """A text of an app, such as what a payment is for, in the reader's language if the app has it in both."""
    return english if english and language() == "en" else as_written(chinese)
