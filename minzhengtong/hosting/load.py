"""Imports the module of one mini-app from its folder."""

import importlib
import sys
from importlib.machinery import ModuleSpec
from importlib.util import module_from_spec

from minzhengtong.hosting.discover import Found
from minzhengtong.registry.manifest import InProcess
from minzhengtong.sdk import MiniApp

PACKAGE = "mzt_hosted_"
"""The prefix of each app's package name, so that no app can shadow another module."""


def load(found: Found) -> MiniApp:
    """Import the app's entry point again from its files.

    Raises whatever the app's code raises, SystemExit too, and TypeError if there is no MiniApp.
    """
    if found.fault or found.manifest is None or not isinstance(found.manifest.mzt.hosting, InProcess):
        raise TypeError(found.fault or "not an inprocess app")
    package = PACKAGE + found.slug.replace("-", "_")
    module_name, _, attribute = found.manifest.mzt.hosting.entry_point.partition(":")
    for name in [name for name in sys.modules if name == package or name.startswith(package + ".")]:
        del sys.modules[name]
    spec = ModuleSpec(package, None, is_package=True)
    spec.submodule_search_locations = [str(found.folder)]
    sys.modules[package] = module_from_spec(spec)
    app = getattr(importlib.import_module(f"{package}.{module_name}"), attribute, None)
    if not isinstance(app, MiniApp):
        raise TypeError(f"{found.manifest.mzt.hosting.entry_point} is not a MiniApp but {type(app).__name__}")
    return app
