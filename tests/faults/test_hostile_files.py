"""Files that strangers hand in, spoiled at random: manifests and pictures are read or refused, never more."""

import json
import random
import time
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from minzhengtong.codes.draw import draw_png
from minzhengtong.codes.read import PictureRefused, read_picture
from minzhengtong.registry.manifest import Manifest, ManifestInvalid, read_manifest
from tests.faults.samples import Samples
from tests.unit.registry.manifests import document, remote

SLOW_SECONDS = 3.0


@pytest.mark.parametrize("seed", range(4))
def test_a_spoiled_manifest_is_read_or_refused_with_its_fault(seed: int) -> None:
    chance = random.Random(seed)
    samples, read, named = Samples(chance), 0, 0
    for _ in range(250):
        whole: Any = chance.choice((document("transit"), document("clinic"), remote()))
        for _ in range(chance.randint(1, 3)):
            whole = samples.spoiled(whole)
        data = samples.json(whole) if chance.random() < 0.3 else json.dumps(whole).encode()
        try:
            read += isinstance(read_manifest(data), Manifest)
        except ManifestInvalid as fault:
            named += bool(fault.expected)
    assert read + named == 250
    assert min(read, named) > 0


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_spoiled_picture_is_read_or_refused_in_time(kind: str) -> None:
    chance, drawn = random.Random(kind), BytesIO()
    Image.open(BytesIO(draw_png("MZ1:" + "0" * 100))).convert("RGB").save(drawn, kind)
    whole, refused = drawn.getvalue(), 0
    for _ in range(250):
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
