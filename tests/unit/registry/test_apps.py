"""Saving and finding mini-apps and their terminals."""

from datetime import datetime

import pytest
from sqlalchemy import update

from minzhengtong.db.database import Database
from minzhengtong.registry.apps import (
    AppState,
    AppUnknown,
    SlugTaken,
    all_apps,
    app_by_id,
    app_by_slug,
    apps_by_ids,
    list_apps,
    save_app,
    save_fault,
    set_state,
)
from minzhengtong.registry.models import miniapp
from minzhengtong.registry.terminals import (
    TerminalTaken,
    TerminalUnknown,
    all_terminals,
    list_terminals,
    own_terminal,
    terminal_by_id,
    terminals_by_ids,
)
from tests.unit.registry.manifests import document, manifest, read, remote

TRANSIT, CLINIC = "example.fuzhou.transit", "example.fuzhou.clinic"


@pytest.fixture
def recorded(db: Database, now: datetime) -> Database:
    with db.write() as conn:
        for slug in ("transit", "clinic"):
            save_app(conn, now, manifest(slug), slug, f"http://{slug}.localhost:8000")
    return db


def test_an_app_is_found_by_slug_and_id(recorded: Database) -> None:
    with recorded.read() as conn:
        app = app_by_slug(conn, "clinic")
        assert app == app_by_id(conn, CLINIC)
    assert (app.name, app.name_en, app.state) == ("门诊挂号", "Clinic", AppState.ACTIVE)
    assert [entry.name for entry in app.permissions] == [
        "profile.name",
        "profile.phone",
        "profile.idno_masked",
    ]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {TRANSIT, CLINIC}),
        ("公交", {TRANSIT}),
        ("CLINIC desk", {CLINIC}),
        ("福州 门诊", {CLINIC}),
        ("税", set()),
        ("%", set()),
    ],
)
def test_search_finds_every_word_in_both_languages(recorded: Database, query: str, found: set[str]) -> None:
    with recorded.read() as conn:
        assert {app.app_id for app in list_apps(conn, query=query, limit=9)} == found


def test_a_list_is_bounded_and_goes_on_at_an_offset(recorded: Database, now: datetime) -> None:
    with recorded.write() as conn:
        assert [app.app_id for app in list_apps(conn, limit=1)] == [CLINIC]
        assert [app.app_id for app in list_apps(conn, limit=9, offset=1)] == [TRANSIT]
        set_state(conn, now, CLINIC, AppState.SUSPENDED, "inspection")
        assert [app.app_id for app in list_apps(conn, limit=9, only_active=True)] == [TRANSIT]
        assert [entry.app_id for entry in list_terminals(conn, limit=1)] == [CLINIC]
        assert [entry.app_id for entry in list_terminals(conn, limit=9, query="公交 GATE")] == [TRANSIT]


def test_many_are_found_by_their_ids_at_once(recorded: Database) -> None:
    with recorded.read() as conn:
        assert apps_by_ids(conn, [TRANSIT, TRANSIT, "nothing"]) == {TRANSIT: app_by_id(conn, TRANSIT)}
        assert terminals_by_ids(conn, ["fuzhou-clinic-desk", "nowhere"]).keys() == {"fuzhou-clinic-desk"}
        assert apps_by_ids(conn, []) == {}


def test_saving_an_app_again_updates_it(recorded: Database, now: datetime) -> None:
    changed = document("transit") | {"name_en": "Buses"}
    changed["mzt"]["terminals"][0]["id"] = "fuzhou-bus-2-gate"
    with recorded.write() as conn:
        save_app(conn, now, read(changed), "transit", "http://transit.localhost:9000")
        app = app_by_id(conn, TRANSIT)
        assert (app.name_en, app.origin) == ("Buses", "http://transit.localhost:9000")
        assert {entry.id for entry in all_terminals(conn)} == {"fuzhou-bus-2-gate", "fuzhou-clinic-desk"}
        with pytest.raises(TerminalUnknown):
            own_terminal(conn, TRANSIT, "fuzhou-bus-1-gate")


def test_saving_an_app_again_ends_its_quarantine_but_not_its_suspension(
    recorded: Database, now: datetime
) -> None:
    with recorded.write() as conn:
        set_state(conn, now, TRANSIT, AppState.QUARANTINED, "SyntaxError")
        set_state(conn, now, CLINIC, AppState.SUSPENDED, "inspection")
        for slug in ("transit", "clinic"):
            save_app(conn, now, manifest(slug), slug, f"http://{slug}.localhost:8000")
        assert app_by_id(conn, TRANSIT).state is AppState.ACTIVE
        assert app_by_id(conn, TRANSIT).state_reason == ""
        assert (app_by_id(conn, CLINIC).state, app_by_id(conn, CLINIC).state_reason) == (
            "suspended",
            "inspection",
        )


def test_a_fault_is_saved_without_a_manifest_and_replaced_by_a_good_app(db: Database, now: datetime) -> None:
    with db.write() as conn:
        for reason in ("no manifest", "not JSON"):
            save_fault(conn, now, "transit", origin="http://t", reason=reason)
        app = app_by_slug(conn, "transit")
        assert (app.state, app.state_reason, app.description) == (AppState.QUARANTINED, "not JSON", "")
        save_app(conn, now, manifest("transit"), "transit", "http://t")
        assert [entry.app_id for entry in all_apps(conn)] == [TRANSIT]


def test_a_fault_in_a_known_app_keeps_its_name(recorded: Database, now: datetime) -> None:
    with recorded.write() as conn:
        save_fault(conn, now, "clinic", origin="http://c", reason="broken")
        assert (app_by_slug(conn, "clinic").app_id, app_by_slug(conn, "clinic").state) == (
            CLINIC,
            "quarantined",
        )


def test_slugs_and_terminals_belong_to_one_app(recorded: Database, now: datetime) -> None:
    with recorded.write() as conn, pytest.raises(SlugTaken):
        save_app(conn, now, read(remote()), "clinic", "http://127.0.0.1:9700")
    changed = remote()
    changed["mzt"]["terminals"][0]["id"] = "fuzhou-clinic-desk"
    with recorded.write() as conn, pytest.raises(TerminalTaken):
        save_app(conn, now, read(changed), "kiosk", "http://127.0.0.1:9700")


def test_an_app_finds_only_its_own_terminals(recorded: Database) -> None:
    with recorded.read() as conn:
        gate = own_terminal(conn, TRANSIT, "fuzhou-bus-1-gate")
        assert gate == terminal_by_id(conn, "fuzhou-bus-1-gate")
        assert (gate.name, gate.region, gate.code_scope) == (
            "1 路公交闸机 · 福州",
            "350100",
            "code.verify:transit",
        )
        assert gate.claims_of("senior-card") == frozenset()
        desk = terminal_by_id(conn, "fuzhou-clinic-desk")
        assert desk.claims_of("medical-insurance") == {"name", "insured_place"}
        assert desk.wants[0].kind == "certificate"
        with pytest.raises(TerminalUnknown):
            own_terminal(conn, CLINIC, "fuzhou-bus-1-gate")
        with pytest.raises(TerminalUnknown):
            terminal_by_id(conn, "nowhere")


def test_a_stored_manifest_that_is_no_longer_valid_counts_as_none(recorded: Database) -> None:
    changed = document("transit")
    changed["mzt"]["terminals"][0]["wants"] = [{"kind": "pay", "amount_fen": -5, "subject": "x"}]
    with recorded.write() as conn:
        conn.execute(update(miniapp).where(miniapp.c.app_id == TRANSIT).values(manifest=changed))
        app = app_by_id(conn, TRANSIT)
        assert (app.name_en, app.manifest, app.permissions) == ("City bus", None, ())
        with pytest.raises(TerminalUnknown):
            own_terminal(conn, TRANSIT, "fuzhou-bus-1-gate")
        assert [entry.id for entry in all_terminals(conn)] == ["fuzhou-clinic-desk"]


def test_an_unknown_app_raises(db: Database, now: datetime) -> None:
    with db.write() as conn:
        for find in (app_by_id, app_by_slug):
            with pytest.raises(AppUnknown):
                find(conn, "nothing")
        with pytest.raises(AppUnknown):
            set_state(conn, now, "nothing", AppState.ACTIVE, "")


def test_the_reason_of_a_set_holds_for_its_members(db: Database, now: datetime) -> None:
    changed = document("clinic")
    first, second = changed["req_permissions"][0] | {"name": "profile"}, changed["req_permissions"][1]
    changed["req_permissions"] = [first, second | {"name": "profile.gender"}]
    changed["mzt"]["data"] = [
        row | {"scope": name}
        for name, row in zip(("profile", "profile.gender"), changed["mzt"]["data"], strict=False)
    ]
    with db.write() as conn:
        save_app(conn, now, read(changed), "clinic", "http://clinic.localhost:8000")
        app = app_by_slug(conn, "clinic")
    reasons = {name: app.reason_for(name) for name in ("profile.name", "profile.gender", "profile.phone")}
    assert {name: why and why.name for name, why in reasons.items()} == {
        "profile.name": "profile",
        "profile.gender": "profile.gender",
        "profile.phone": None,
    }
