"""Every blueprint of the platform, in one list."""

from flask import Blueprint

from minzhengtong.web import health, i18n

BLUEPRINTS: tuple[Blueprint, ...] = (
    health.blueprint,
    i18n.blueprint,
)
