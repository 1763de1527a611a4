"""Valid manifests, and each fault for which one is refused."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from minzhengtong.base.paths import MINIAPPS
from minzhengtong.registry.manifest import ManifestInvalid, read_manifest
from tests.unit.registry.manifests import document, manifest, read, remote

Change = Callable[[dict[str, Any]], Any]
INSURANCE = "medical-insurance"


def wish(manifest: dict[str, Any], *wants: dict[str, Any], **want: Any) -> None:
    """Let the first terminal want these, or this one, and nothing else."""
    manifest["mzt"]["terminals"][0]["wants"] = list(wants) or [want]


def test_our_own_manifests_are_valid() -> None:
    assert {manifest(folder.name).app_id for folder in MINIAPPS.iterdir() if folder.is_dir()} == {
        "example.fuzhou.transit",
        "example.fuzhou.clinic",
    }


def test_scopes_are_the_citizens_then_the_operators() -> None:
    assert manifest("transit").scopes == (
        "openid",
        "profile.name",
        "code.verify:transit",
        "cert.verify:senior-card",
        "pay.collect",
    )


def test_an_unknown_member_is_ignored_at_the_root_and_refused_under_mzt() -> None:
    assert read(document() | {"color_scheme": "auto"}).app_id == "example.fuzhou.clinic"
    changed = document()
    changed["mzt"]["secret"] = "x"
    with pytest.raises(ManifestInvalid, match=r"mzt\.secret"):
        read(changed)


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("app_id", lambda d: d.update(app_id="com.shop.app")),
        ("app_id", lambda d: d.update(app_id="example.fuzhou.")),
        ("name", lambda d: d.update(name=" ")),
        ("name: Value error, this text needs", lambda d: d.update(name="\u200b\u2060")),
        ("icons.0.label", lambda d: d["icons"][0].update(label="\u3164")),
        ("name: text without control", lambda d: d.update(name="市\u202e图书馆")),
        ("icons.0.src", lambda d: d["icons"][0].update(src="../icon.svg")),
        ("icons.0.src", lambda d: d["icons"][0].update(src="https://x.example/icon.svg")),
        ("version.code", lambda d: d["version"].update(code=0)),
        ("version.code", lambda d: d["version"].update(code=10**4000)),
        ("platform_version.min_code", lambda d: d["platform_version"].update(min_code=2)),
        ("pages.0", lambda d: d.update(pages=["/index"])),
        ("req_permissions.0.reason", lambda d: d["req_permissions"][0].update(reason="看看")),
        ("not in the catalogue", lambda d: d["req_permissions"][0].update(name="profile.salary")),
        ("belong in mzt.operator_scopes", lambda d: d["req_permissions"][0].update(name="pay.collect")),
        ("pay.collect is named twice", lambda d: d["mzt"]["operator_scopes"].append({"name": "pay.collect"})),
        ("profile.name is named twice", lambda d: d["req_permissions"].append(d["req_permissions"][0])),
        ("one row for each permission", lambda d: d["mzt"]["data"].pop()),
        ("check character", lambda d: d["mzt"]["owner"].update(department_code="123599990000B20220")),
        ("not a division", lambda d: d["mzt"]["service"].update(regions=["110000"])),
        ("lacks cert.verify", lambda d: d["mzt"]["operator_scopes"].pop(1)),
        ("lacks code.verify:bank", lambda d: d["mzt"]["service"].update(category="bank")),
        ("mzt.terminals.0.wants.0", lambda d: wish(d, kind="steal")),
        ("mzt.terminals.0.wants.0.pay.amount_fen", lambda d: wish(d, kind="pay", amount_fen=-5, subject="x")),
        ("type: one of", lambda d: wish(d, kind="predicate", type="passport")),
        ("has the claims", lambda d: wish(d, kind="certificate", type="senior-card", claims=["income"])),
        ("lacks the claims number", lambda d: wish(d, kind="certificate", type=INSURANCE, claims=["number"])),
        ("once", lambda d: wish(d, *d["mzt"]["terminals"][0]["wants"] * 2)),
        ("same id", lambda d: d["mzt"]["terminals"].append(d["mzt"]["terminals"][0])),
        ("mzt.hosting", lambda d: d["mzt"].update(hosting={"kind": "static"})),
        ("for remote apps", lambda d: d["mzt"].update(oidc={"redirect_uris": ["http://127.0.0.1:1/"]})),
    ],
)
def test_a_fault_is_named(fault: str, change: Change) -> None:
    changed = document()
    change(changed)
    with pytest.raises(ManifestInvalid) as raised:
        read(changed)
    assert fault in raised.value.expected


@pytest.mark.parametrize("name", ["bench.scan", "ledger.read"])
def test_no_manifest_names_a_scope_of_the_platform(name: str) -> None:
    asked, operated = document(), document()
    asked["req_permissions"][0].update(name=name)
    operated["mzt"]["operator_scopes"].append({"name": name})
    last = len(operated["mzt"]["operator_scopes"]) - 1
    for changed, place in (
        (asked, "req_permissions.0.name: "),
        (operated, f"mzt.operator_scopes.{last}.name: "),
    ):
        with pytest.raises(ManifestInvalid) as raised:
            read(changed)
        assert raised.value.expected.startswith(place)
        assert (raised.value.expected.endswith("no mini-app may have it"), raised.value.received) == (
            True,
            name,
        )


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("scheme, host and port only", lambda d: d["mzt"]["hosting"].update(origin="http://127.0.0.1:1/x")),
        (
            "not at the app's origin",
            lambda d: d["mzt"]["oidc"]["redirect_uris"].append("http://other.example/"),
        ),
        (
            "not at the app's origin",
            lambda d: d["mzt"]["oidc"].update(backchannel_logout_uri="http://127.0.0.1:97001/x"),
        ),
        ("mzt.oidc is needed", lambda d: d["mzt"].pop("oidc")),
    ],
)
def test_a_remote_app_stays_at_its_origin(fault: str, change: Change) -> None:
    changed = remote()
    assert read(changed).mzt.hosting.kind == "remote"
    change(changed)
    with pytest.raises(ManifestInvalid) as raised:
        read(changed)
    assert fault in raised.value.expected


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 50_000, b" " * 70_000, b"null", b'{"app_id": NaN}']
)
def test_data_that_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(ManifestInvalid):
        read_manifest(data)


def test_a_recorded_manifest_reads_back_the_same() -> None:
    first = manifest()
    assert read_manifest(json.dumps(first.model_dump(mode="json", by_alias=True)).encode()) == first


def test_a_manifest_without_a_short_name_reads_back_the_same() -> None:
    first = read({name: value for name, value in document().items() if name != "short_name"})
    assert read_manifest(json.dumps(first.model_dump(mode="json", by_alias=True)).encode()) == first


def places(value: Any, *before: str | int) -> list[tuple[str | int, ...]]:
    """The path of every text in a manifest."""
    if isinstance(value, str):
        return [before]
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for name, inner in rows for place in places(inner, *before, name)]


@pytest.mark.parametrize("bad", ["\ud800", "\x00", "\x1b"])
@pytest.mark.parametrize("whole", [document("clinic"), remote()], ids=["hosted", "remote"])
def test_no_text_may_hold_what_cannot_be_stored_or_printed(whole: dict[str, Any], bad: str) -> None:
    for *path, last in places(whole):
        changed = deepcopy(whole)
        member: Any = changed
        for step in path:
            member = member[step]
        member[last] += bad
        with pytest.raises(ManifestInvalid, match=re.escape(".".join(map(str, [*path, last])))):
            read(changed)
