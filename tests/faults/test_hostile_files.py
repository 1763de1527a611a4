"""Files that strangers hand in, spoiled: manifests and pictures are read or refused, never more."""

import json
import random
import time
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from minzhengtong.codes.draw import draw_png
from minzhengtong.codes.picture_files import PictureRefused
from minzhengtong.codes.read import read_picture
from minzhengtong.registry.manifest import Manifest, ManifestInvalid, read_manifest
from tests.faults.samples import TEXTS
from tests.unit.registry.manifests import document, remote

SLOW_SECONDS = 3.0


MANIFESTS = st.sampled_from([document("transit"), document("clinic"), remote()])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(TEXTS),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=10), parts, max_size=3),
    max_leaves=6,
)


@st.composite
def spoiled(draw: st.DrawFn, whole: Any) -> Any:
    """The same with one place left out, given thirty times, named otherwise or worth anything at all."""
    if not whole or not isinstance(whole, dict | list) or draw(st.integers(0, 4)) == 4:
        return draw(ANYTHING)
    place = draw(st.sampled_from(sorted(whole) if isinstance(whole, dict) else range(len(whole))))
    part = draw(spoiled(whole[place]))
    if isinstance(whole, list):
        return [
            *whole[:place],
            *draw(st.sampled_from(([], [whole[place]] * 30, [part]))),
            *whole[place + 1 :],
        ]
    others = {name: value for name, value in whole.items() if name != place}
    return others | draw(st.sampled_from(({}, {draw(st.text(max_size=10)): part}, {place: part})))


@given(MANIFESTS.flatmap(spoiled) | MANIFESTS.flatmap(spoiled).flatmap(spoiled))
@settings(max_examples=300, deadline=None)
def test_a_spoiled_manifest_is_refused_for_its_fault_or_reads_back_the_same(whole: Any) -> None:
    read = read_or_refused(json.dumps(whole).encode())
    if isinstance(read, Manifest):
        assert read_manifest(json.dumps(read.model_dump(mode="json", by_alias=True)).encode()) == read
    else:
        assert names_a_fault(read)


@given(
    MANIFESTS.map(lambda whole: json.dumps(whole).encode()),
    st.lists(st.tuples(st.integers(0, 3000), st.binary(max_size=4), st.integers(0, 4)), max_size=4),
)
@settings(max_examples=200, deadline=None)
def test_a_manifest_of_damaged_bytes_is_read_or_refused(
    data: bytes, edits: list[tuple[int, bytes, int]]
) -> None:
    for place, new, old in edits:
        data = data[:place] + new + data[place + old :]
    read = read_or_refused(data)
    assert isinstance(read, Manifest) or names_a_fault(read)


def read_or_refused(data: bytes) -> Manifest | ManifestInvalid:
    try:
        return read_manifest(data)
    except ManifestInvalid as error:
        return error


def names_a_fault(refused: ManifestInvalid) -> bool:
    """Whether a refusal says what was expected, and repeats little of what came."""
    return bool(refused.expected) and len(refused.received) <= 200


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_spoiled_picture_is_read_or_refused_in_time(kind: str) -> None:
    chance, drawn = random.Random(kind), BytesIO()
    Image.open(BytesIO(draw_png("MZ1:" + "0123456789" * 10))).convert("RGB").save(drawn, kind)
    whole, refused = drawn.getvalue(), 0
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        began = time.monotonic()
        try:
            assert read_picture(bytes(data))
        except PictureRefused as why:
            refused += bool(why.reason and why.expected)
        assert time.monotonic() - began < SLOW_SECONDS
    assert refused > 0
