"""What counts as this machine, and what nothing set means. Names and ranges: tests/rules/test_settings.py."""

from pathlib import Path

import pytest

from minzhengtong.base.settings import SettingRefused, Settings


def test_nothing_set_gives_a_demo_on_this_machine() -> None:
    settings = Settings.from_env({})
    assert (settings.bind, settings.port, settings.demo) == ("127.0.0.1", 8000, True)
    assert settings.public_url == "http://localhost:8000"
    assert settings.database_url == f"sqlite:///{Path('var').resolve() / 'minzhengtong.db'}"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://[::1]:8000", "http://mzt.localhost"])
def test_loopback_has_several_spellings(url: str) -> None:
    assert Settings.from_env({"MZT_PUBLIC_URL": url, "MZT_BIND": "::1"}).demo


@pytest.mark.parametrize("url", ["http://localhost.example", "http://1.0.0.127", "http://[::1", "http://"])
def test_what_only_looks_like_loopback_is_refused(url: str) -> None:
    with pytest.raises(SettingRefused):
        Settings.from_env({"MZT_PUBLIC_URL": url})
