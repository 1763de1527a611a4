"""A mini-app that does everything wrong, each thing at an address of its own."""

from pathlib import Path

from tests.world.apps import write_app

SLUG = "rogue"
ADDRESS = "http://rogue.localhost:8000"
CODE = """
import os
import re
import sys
import threading
import time

from flask import Response
from minzhengtong.sdk import MiniApp

app = MiniApp(__name__)
hoard = []


@app.get("/")
def index():
    return "fine"


@app.get("/loop")
def loop():
    while True:
        pass


@app.get("/never")
def never():
    time.sleep(NEVER_SECONDS)
    return "at last"


@app.get("/freeze")
def freeze():
    re.match(r"(a+)+b", "a" * 60)  # the interpreter is held for years
    return "at last"


@app.get("/leak")
def leak():
    hoard.append(b"x" * (LEAK_MB * 2**20))
    return "more"


@app.get("/spin")
def spin():
    if all(thread.name != "spin" for thread in threading.enumerate()):
        threading.Thread(target=loop, name="spin", daemon=True).start()
    return "fine"


@app.get("/fork")
def fork():
    child = os.fork()
    if not child:
        time.sleep(600)
        os._exit(0)
    return str(child)


@app.get("/exit")
def leave():
    os._exit(3)


@app.get("/status")
def status():
    return Response("x", status="banana")


@app.get("/header")
def header():
    return Response("x", headers={"X-Word": "\\u7801"})


@app.get("/line")
def line():
    return Response("x", headers={"X-Word": "a\\r\\nSet-Cookie: b=c"})


@app.get("/stream")
def stream():
    def parts():
        yield "a"
        sys.exit(3)
    return Response(parts())


@app.get("/nothing")
def nothing():
    return None


@app.on_scan("gate")
def scan(scan):
    HANDLER
"""
HANDLERS = {
    "loops": "[time.sleep(0.01) for _ in range(int(NEVER_SECONDS * 100))]",
    "exits": "sys.exit(3)",
    "answers garbage": "return {'screen': 1}",
    "fails": "raise RuntimeError('a secret of this app')",
    "waits": "time.sleep(NEVER_SECONDS)",
}


def write_rogue(
    folder: Path, handler: str = "exits", *, never_seconds: float = 3600, leak_mb: int = 520
) -> Path:
    """Write the app; return the folder of apps that it is in."""
    code = CODE.replace("HANDLER", HANDLERS[handler])
    code = code.replace("NEVER_SECONDS", str(never_seconds)).replace("LEAK_MB", str(leak_mb))
    return write_app(folder, SLUG, code)
