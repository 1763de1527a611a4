"""Finds the modules that rooms bring under an agreed name, so that adding a room edits no list."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType


def modules_named(name: str, package: str = "minzhengtong") -> list[ModuleType]:
    """The module `name` of every package directly inside `package` that has one, in the packages' order."""
    parent = import_module(package)
    rooms = sorted(room.name for room in iter_modules(parent.__path__, f"{package}.") if room.ispkg)
    return [import_module(f"{room}.{name}") for room in rooms if find_spec(f"{room}.{name}")]
