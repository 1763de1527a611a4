"""What a view of the API says of itself: read by the OpenAPI document, and by nobody else."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

FORM_TYPE = "multipart/form-data"

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. `answers`, `body` and `form` are types that pydantic knows; `scopes` are for readers."""

    summary: str
    answers: Mapping[int, Any]
    body: Any = None
    body_types: tuple[str, ...] = ("application/json",)
    form: type[BaseModel] | None = None  # what the body may be as well, in parts
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
