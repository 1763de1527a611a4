"""The OpenAPI document is valid and lists every route under /api, no more and no less."""

import re

from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.world.facts import PLATFORM


def document(house) -> dict:
    said: dict = house.platform.test_client().get("/api/openapi.json", base_url=PLATFORM).json
    return said


def test_the_document_is_valid(house) -> None:
    OpenAPIV31SpecValidator(document(house)).validate()


def test_the_document_equals_the_url_map(house) -> None:
    routes = {
        (re.sub(r"<(?:[^:>]+:)?([^>]+)>", r"{\1}", rule.rule), method.lower())
        for rule in house.platform.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api")
    }
    listed = {(path, method) for path, item in document(house)["paths"].items() for method in item}
    assert listed == routes
    assert ("/api/v1/scans", "post") in listed


def test_every_call_that_spends_or_pays_needs_its_key(house) -> None:
    paths = document(house)["paths"]
    for path in ("/api/v1/scans", "/api/v1/scans/{scan_id}/certificates", "/api/v1/scans/{scan_id}/payments"):
        operation = paths[path]["post"]
        assert "Idempotency-Key" in [one["name"] for one in operation["parameters"] if one["required"]]
        assert operation["security"] == [{"bearer": []}]


def test_answers_are_of_the_described_shape(house, gate) -> None:
    said = gate.scan(house.show().text).json
    described = document(house)["components"]["schemas"]["ScanAnswer"]
    assert set(said) == set(described["properties"]) == set(described["required"])
