"""Logins and their sessions."""

from collections.abc import Mapping

from flask_babel import gettext as _

from minzhengtong.web.citizen.words import Words

ACTIONS: Mapping[str, Words] = {
    "session.started": Words("neutral", "me", lambda _detail: _("登录闽政通")),
    "session.renewed": Words("neutral", "me", lambda _detail: _("再次登录闽政通")),
    "session.ended": Words("neutral", "logout", lambda _detail: _("退出了登录")),
    # Rows of before revision 0013; since then failed logins are counted.
    "login.refused": Words("refused", "warning", lambda _detail: _("有人用错误的密码尝试登录")),
}
