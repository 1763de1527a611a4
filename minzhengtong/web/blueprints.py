"""Every blueprint of the platform, in one list."""

from flask import Blueprint

from minzhengtong.web import health, i18n
from minzhengtong.web.portal import activity, code, home, me, receipts, services, wallet

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.blueprint,
    i18n.blueprint,
    home.blueprint,
    services.blueprint,
    code.blueprint,
    wallet.blueprint,
    activity.blueprint,
    receipts.blueprint,
    me.blueprint,
)
