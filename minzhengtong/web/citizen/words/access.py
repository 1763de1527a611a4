"""Consents, and what an app read at a login."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext as _

from minzhengtong.oidc.claims import CLAIMS
from minzhengtong.registry.scopes import needs_consent, scope_named
from minzhengtong.web.citizen.words import Detail, Words, names


def _scopes(scope_names: Iterable[str]) -> str:
    return names([scope_named(name) for name in scope_names], "label")


def _logged_in(detail: Detail) -> str:
    read = [
        name for name, claims in CLAIMS.items() if set(claims) & set(detail["claims"]) and needs_consent(name)
    ]
    if not read:
        return _("您登录了它，它没有读取个人信息")
    return _("您登录了它，它读取了：%(fields)s", fields=_scopes(read))


ACTIONS: Mapping[str, Words] = {
    "app.logged_in": Words("neutral", "eye", _logged_in),
    "consent.granted": Words(
        "neutral", "shield", lambda detail: _("您同意提供：%(fields)s", fields=_scopes(detail["scopes"]))
    ),
    "consent.revoked": Words("neutral", "shield", lambda _detail: _("您撤回了同意")),
}
