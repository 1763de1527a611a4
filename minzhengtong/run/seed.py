"""Everything a new simulator needs before its first answer: keys, demo people and what they have, apps."""

from minzhengtong.bench.client import save_cli_client
from minzhengtong.codes.signers import make_code_keys
from minzhengtong.demo.seeds import seed_demo
from minzhengtong.hosting.register import register_hosted_apps
from minzhengtong.oidc.signing import make_oidc_keys
from minzhengtong.registration import client_secret
from minzhengtong.runtime import Runtime

SECRETS = ("session", client_secret.SECRET)


def seed(runtime: Runtime) -> None:
    """Make what is missing and leave what is there. Safe to run at every start."""
    for name in SECRETS:
        runtime.keyring.make_secret(name)
    now = runtime.clock.now()
    with runtime.db.write() as conn:
        make_oidc_keys(conn, runtime.keyring, now)
        make_code_keys(conn, runtime.keyring, now)
        seed_demo(conn, now)
        save_cli_client(conn, now, runtime.keyring, runtime.settings.public_url)
    register_hosted_apps(runtime)
