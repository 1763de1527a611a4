"""Which views need no form token: those that no cookie of a browser's opens."""

from flask import Blueprint
from flask.blueprints import BlueprintSetupState


def exempt(blueprint: Blueprint) -> None:
    """Let programs post to the views of `blueprint`; its views must not act on a login session alone."""

    def record(state: BlueprintSetupState) -> None:
        state.app.extensions["csrf"].exempt(blueprint)

    blueprint.record_once(record)
