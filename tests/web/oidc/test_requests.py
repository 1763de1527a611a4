"""What the parameters of an OAuth request may hold."""

import pytest
from authlib.oauth2.rfc6749 import InvalidRequestError
from werkzeug.datastructures import MultiDict

from minzhengtong.web.oidc.requests import single_params


@pytest.mark.parametrize("code", range(0x20))
def test_no_parameter_holds_a_control_character(code: int) -> None:
    for name, value in ((f"na{chr(code)}me", "value"), ("name", f"val{chr(code)}ue"), ("name", chr(code))):
        with pytest.raises(InvalidRequestError, match="control character"):
            single_params(MultiDict({"scope": "openid", name: value}))


def test_other_text_is_left_as_it_is() -> None:
    sent = {"state": "a b ~ 闽 😀 \x7f", "nonce": "n"}
    assert single_params(MultiDict(sent | {"prompt": ""})) == sent
