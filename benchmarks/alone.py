"""`python -m benchmarks.alone`: the whole simulator in one process that shares its memory with nobody."""

from wsgiref.simple_server import WSGIRequestHandler, make_server

from minzhengtong.base.settings import Settings
from minzhengtong.run.app import create_app
from minzhengtong.runtime import Runtime


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


if __name__ == "__main__":
    runtime = Runtime.open(Settings.from_env())
    bind, port = runtime.settings.bind, runtime.settings.port
    make_server(bind, port, create_app(runtime), handler_class=_Quiet).serve_forever()
