"""A clean copy of the checkout with a .venv as `dev.py` would have made it, without any download."""

import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from tests.journeys.server import Server

ROOT = Path(__file__).parents[2]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache", ".hypothesis", "__pycache__")


class Copy(Server):
    """The simulator of a copy, started by its own dev.py."""

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, **settings)
        for name in ("MZTTEST_PG_URL", "MZTTEST_PG_TEMPLATE"):  # a suite within would drop the outer one's
            self.environment.pop(name, None)
        self.checkout = folder / "checkout"
        self.var_dir = self.checkout / "var" / "8100"
        self.environment["MZT_VAR_DIR"] = "var/8100"  # as the README has it
        self.command = (str(self.checkout / "dev.py"), "run")
        shutil.copytree(ROOT, self.checkout, ignore=LEFT_OUT)
        _furnish(self.checkout)

    def _prepare(self) -> None:
        """Start from nothing, as a person's first run does."""

    def type(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Type a command in the copy while it runs."""
        return subprocess.run(
            command, cwd=self.checkout, env=self.environment, capture_output=True, text=True, timeout=100
        )


def _furnish(checkout: Path) -> None:
    """Make .venv with the packages that are installed here and the copy's own code before them."""
    folder = checkout / ".venv"
    venv.create(folder, symlinks=True, with_pip=False)
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (site / "copy.pth").write_text(f"{checkout}\n{sysconfig.get_path('purelib')}\n")
    script = folder / "bin" / "minzhengtong"
    script.write_text(f"#!{folder}/bin/python\nfrom minzhengtong.run.cli import main\n\nmain()\n")
    script.chmod(0o755)
    program = runpy.run_path(os.fspath(checkout / "dev.py"), run_name="dev")
    (folder / "made-by").write_text(program["MAKER"])
    (folder / "installed").write_text(f"test {program['wanted_state']()}")
