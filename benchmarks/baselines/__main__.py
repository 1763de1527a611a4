"""`python -m benchmarks.baselines NAME DATABASE PORT PROCESSES THREADS`: one bare app, served as ours is."""

import sys
from importlib import import_module

from minzhengtong.run.listener import listen
from minzhengtong.run.supervisor import supervise
from minzhengtong.run.web_process import web_job


def main(name: str, database: str, port: str, processes: str, threads: str) -> int:
    """Serve until a signal comes."""
    app = import_module(f"benchmarks.baselines.{name}").create_app(database)
    app.add_url_rule("/healthz", view_func=lambda: "ok")
    listener = listen("127.0.0.1", int(port))
    return supervise([web_job(app, listener, threads=int(threads)) for _ in range(int(processes))])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
