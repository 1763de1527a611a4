"""The welcome names a demo person only where the login page has them."""

import pytest

from minzhengtong.base.settings import Settings
from minzhengtong.run.cli.starting import _welcome


@pytest.mark.parametrize(("demo", "names_her"), [("on", True), ("off", False)])
def test_the_welcome_names_a_persona_only_in_the_demo(demo, names_her, capsys, tmp_path) -> None:
    _welcome(Settings.from_env({"MZT_VAR_DIR": str(tmp_path), "MZT_DEMO": demo}))
    said = capsys.readouterr().out
    assert ("林晓闽" in said) is names_her
    assert "/login" in said
