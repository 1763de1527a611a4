"""The sentences of the audit log for its citizen. Each module holds those of one room, in `ACTIONS`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from flask_babel import gettext as _

from minzhengtong.base.rooms import modules_in
from minzhengtong.web.kit.filters import local

Detail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """Tone (pass, refused or neutral), icon and sentence of an action.

    Of the actions of one scan, the one with the lowest `rank` comes first and gives tone and icon.
    """

    tone: str
    picture: str
    sentence: Callable[[Detail], str]
    rank: int = 9


@cache
def words_of_actions() -> Mapping[str, Words]:
    """The words of every action that concerns a person, found in the modules of this package."""
    return {action: words for module in modules_in(__name__) for action, words in module.ACTIONS.items()}


def names(things: list[Any], attribute: str = "name") -> str:
    """Their names in the reader's language, as one list."""
    return _("、").join(local(thing, attribute) for thing in things)
