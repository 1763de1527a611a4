"""Imports modules with garbage collection off."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_imports() -> Iterator[None]:
    """Collect no garbage meanwhile, as modules are never garbage.

    Collections took 0.2 s of the 1.24 s from `minzhengtong run` to the first answer.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
