"""Every blueprint of the platform, in one list."""

from flask import Blueprint

from minzhengtong.web.api import bench, codes, ledger, openapi, payments, scans
from minzhengtong.web.bench import desk
from minzhengtong.web.citizen import activity, code, consents, home, me, receipts, services, wallet
from minzhengtong.web.citizen import login as auth
from minzhengtong.web.kit import health, i18n
from minzhengtong.web.oidc import authorize, consent, logout, metadata, token, userinfo

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.blueprint,
    i18n.blueprint,
    auth.blueprint,
    metadata.blueprint,
    authorize.blueprint,
    consent.blueprint,
    consents.blueprint,
    token.blueprint,
    userinfo.blueprint,
    logout.blueprint,
    logout.confirmation,
    home.blueprint,
    services.blueprint,
    code.blueprint,
    wallet.blueprint,
    activity.blueprint,
    receipts.blueprint,
    me.blueprint,
    desk.blueprint,
    bench.blueprint,
    scans.blueprint,
    payments.blueprint,
    ledger.blueprint,
    codes.blueprint,
    openapi.blueprint,
)
