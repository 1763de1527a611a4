"""Finds modules by an agreed name or place, so that adding a room or a page edits no list."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules
from types import ModuleType


def modules_named(name: str, package: str = "minzhengtong") -> list[ModuleType]:
    """The module `name` of every package directly inside `package` that has one, in the packages' order."""
    rooms = _inside(package, packages=True)
    return [import_module(f"{room}.{name}") for room in rooms if find_spec(f"{room}.{name}")]


def modules_in(package: str) -> list[ModuleType]:
    """Every module directly inside `package`, in the order of their names."""
    return [import_module(name) for name in _inside(package, packages=False)]


def modules_below(package: str) -> list[ModuleType]:
    """Every module of every package directly inside `package`, in the order of their names."""
    return [module for room in _inside(package, packages=True) for module in modules_in(room)]


def _inside(package: str, *, packages: bool) -> list[str]:
    found = iter_modules(import_module(package).__path__, f"{package}.")
    return sorted(module.name for module in found if module.ispkg is packages)
