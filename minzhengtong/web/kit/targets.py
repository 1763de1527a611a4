"""Where a `next` parameter may lead: only to a path of our own origin."""

from urllib.parse import urlsplit

DEFAULT = "/"


def local_target(target: str | None) -> str:
    """Return `target` when it is a plain path of ours, else the home page.

    Browsers read `//host`, `/\\host` and control characters as the start of another origin.
    """
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or "\\" in target:
        return DEFAULT
    if any(ord(character) < 0x20 for character in target) or urlsplit(target).netloc:
        return DEFAULT
    return target
