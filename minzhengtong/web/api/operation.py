"""What a view of the API says of itself: read by the OpenAPI document, and by nobody else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `answers` and `body` are types that pydantic knows; `scopes` are for readers."""

    summary: str
    answers: Mapping[int, Any]
    body: Any = None
    body_types: tuple[str, ...] = ("application/json",)
    query: type[BaseModel] | None = None
    scopes: tuple[str, ...] = ()
    enters: tuple[Literal["bearer", "session"], ...] = ("bearer",)
    idempotent: bool = False


def describe(operation: Operation) -> Callable[[View], View]:
    """Put the description on the view."""

    def decorate(view: View) -> View:
        view.operation = operation  # type: ignore[attr-defined]
        return view

    return decorate
