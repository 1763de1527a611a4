"""Exempts blueprints from form tokens: views that programs call and that act on no cookie."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState


def exempt(blueprint: Blueprint) -> None:
    """Let programs post to the views of `blueprint`; its views must not act on a login session alone."""

    def record(state: BlueprintSetupState) -> None:
        state.app.extensions["csrf"].exempt(blueprint)

    blueprint.record_once(record)
