"""Where the files live that are not Python: in a checkout beside the package, in a wheel inside it."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_CHECKOUT = _PACKAGE.parent
_IN_CHECKOUT = (_CHECKOUT / "pyproject.toml").is_file() and (_CHECKOUT / "templates").is_dir()

TEMPLATES = _CHECKOUT / "templates" if _IN_CHECKOUT else _PACKAGE / "_templates"
STATIC = _CHECKOUT / "static" if _IN_CHECKOUT else _PACKAGE / "_static"
MINIAPPS = _CHECKOUT / "miniapps"
"""The wheel installs `miniapps` as a neighbour of the package, so both cases are one."""
MIGRATIONS = _PACKAGE / "run" / "migrations"
