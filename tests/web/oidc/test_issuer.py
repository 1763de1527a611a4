import logging

import pytest

from minzhengtong.base.settings import SettingRefused
from minzhengtong.web.oidc.issuer import check_issuer


@pytest.mark.parametrize("issuer", ["http://mzt.example", "http://10.0.0.1:8000", "http://localhost.example"])
def test_plain_http_is_refused_beyond_the_loopback(issuer: str) -> None:
    with pytest.raises(SettingRefused):
        check_issuer(issuer)


@pytest.mark.parametrize("issuer", ["http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"])
def test_on_the_loopback_the_log_says_so(issuer: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        check_issuer(issuer)
    assert "plain http" in caplog.text


def test_https_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        check_issuer("https://mzt.example")
    assert caplog.text == ""
