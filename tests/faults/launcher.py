"""`python -m tests.faults.launcher SECONDS …`: `minzhengtong …` with less patience for mini-apps."""

import sys

from minzhengtong.hosting import apps
from minzhengtong.run.cli import main

if __name__ == "__main__":
    apps.ANSWER_SECONDS = float(sys.argv.pop(1))
    main()
