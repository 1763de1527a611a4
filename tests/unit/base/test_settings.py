"""What counts as this machine, and what nothing set means. Names and ranges: tests/rules/test_settings.py."""

from pathlib import Path

import pytest

from minzhengtong.base.settings import SettingRefused, Settings
from minzhengtong.runtime import Runtime


def test_nothing_set_gives_a_demo_on_this_machine() -> None:
    settings = Settings.from_env({})
    assert (settings.bind, settings.port, settings.demo) == ("127.0.0.1", 8000, True)
    assert settings.public_url == "http://localhost:8000"
    assert settings.database_url == f"sqlite:///{Path('var').resolve() / 'minzhengtong.db'}"


@pytest.mark.parametrize("name", ["q?x=1", "p%20q", "a b#c", "?mode=memory", "数据"])
def test_the_database_lies_in_the_folder_whatever_its_name(name: str, tmp_path: Path) -> None:
    runtime = Runtime.open(Settings.from_env({"MZT_VAR_DIR": str(tmp_path / name)}))
    with runtime.db.write() as conn:
        conn.exec_driver_sql("CREATE TABLE t (x)")
    runtime.close()
    assert (tmp_path / name / "minzhengtong.db").is_file()
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "url",
    [":::", "zz://x", "mysql://h/x", "sqlite://", "sqlite:///:memory:", "postgresql://u:secret@h:port/x"],
)
def test_a_database_that_cannot_be_opened_is_refused(url: str) -> None:
    with pytest.raises(SettingRefused, match="MZT_DATABASE_URL") as refused:
        Settings.from_env({"MZT_DATABASE_URL": url})
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "http://[::1]:8000", "http://mzt.localhost"])
def test_loopback_has_several_spellings(url: str) -> None:
    assert Settings.from_env({"MZT_PUBLIC_URL": url, "MZT_BIND": "::1"}).demo


@pytest.mark.parametrize("url", ["http://localhost.example", "http://1.0.0.127", "http://[::1", "http://"])
def test_what_only_looks_like_loopback_is_refused(url: str) -> None:
    with pytest.raises(SettingRefused):
        Settings.from_env({"MZT_PUBLIC_URL": url})
