"""`python -m tests.faults.launcher SECONDS …`: `minzhengtong …` with less patience for mini-apps.

An app may take SECONDS to answer, keep a thread busy for 2 s, and hold the interpreter for 5 s.
"""

import sys

from minzhengtong.hosting import apps
from minzhengtong.hosting.limits import threads
from minzhengtong.run import supervisor
from minzhengtong.run.cli import main

if __name__ == "__main__":
    apps.ANSWER_SECONDS = float(sys.argv.pop(1))
    threads.BUSY_SECONDS = 2.0
    supervisor.FROZEN_SECONDS = 5.0
    main()
