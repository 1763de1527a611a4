from datetime import datetime, timedelta

from tests.unit.oidc.conftest import Provider, new_request


def test_prompt_and_max_age_say_which_login_is_too_old(provider: Provider, now: datetime) -> None:
    with provider.db.read() as conn:
        any_login, fresh, recent = (
            new_request(conn, **changes) for changes in ({}, {"prompts": {"login"}}, {"max_age_seconds": 60})
        )
    assert any_login.login_after(now) is None
    assert fresh.login_after(now) == now
    assert recent.login_after(now) == now - timedelta(seconds=60)
