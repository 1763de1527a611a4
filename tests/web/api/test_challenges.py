"""The challenge of a refused call names an error only when a token came (RFC 6750 §3.1)."""

import pytest

REALM = 'Bearer realm="minzhengtong"'
PATH = "/api/v1/payments"


@pytest.mark.parametrize(
    ("header", "status", "challenge"),
    [
        (None, 401, REALM),
        ("Basic eDp5", 401, REALM),
        ("Bearer", 401, REALM + ', error="invalid_token"'),
        ("Bearer unknown", 401, REALM + ', error="invalid_token"'),
    ],
)
def test_a_call_without_a_good_token(house, header: str | None, status: int, challenge: str) -> None:
    sent = {} if header is None else {"Authorization": header}
    answer = house.platform.test_client().get(PATH, headers=sent)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (status, challenge)


def test_a_token_without_the_scope(house) -> None:
    answer = house.terminal(scopes="code.verify:transit").get(PATH)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (
        403,
        REALM + ', error="insufficient_scope"',
    )
