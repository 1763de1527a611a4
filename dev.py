"""Starts, tests and measures the simulator from a bare checkout; holds no knowledge of the application itself.

    python3 dev.py run [ARGS]     migrate, seed and serve (the arguments go to `minzhengtong run`)
    python3 dev.py test [ARGS]    every check; with arguments: pytest alone, with them
    python3 dev.py bench [ARGS]   the benchmarks
    python3 dev.py lock           write the locks anew from pyproject.toml (needs uv)
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  (the one file that an older Python may meet)
    sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ".")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
PIP = (str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input")
CHECKS = (
    ("Format", ("-m", "ruff", "format", "--check", "--quiet")),
    ("Lint", ("-m", "ruff", "check", "--quiet")),
    ("Types", ("-m", "mypy")),
    ("Floors", ("-c", "from importlinter.cli import lint_imports_command as main; main()")),
)
PYTEST = (str(PYTHON), "-m", "pytest", "-n", "auto")


def say(text: str) -> None:
    print(f"\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"== {text}", flush=True)


def call(*command: str, env: dict[str, str] | None = None) -> None:
    """Run a command in the checkout and leave with its exit code if that is not 0."""
    code = subprocess.call(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL)
    if code:
        sys.exit(code)


def apt_install(*packages: str) -> bool:
    """Install Debian packages when that is in our power; tell whether it was."""
    if os.name == "nt" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say("Installing " + " ".join(packages))
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    call("apt-get", "-qq", "update", env=env)
    call("apt-get", "-qq", "-o=Dpkg::Use-Pty=0", "install", "--no-install-recommends", *packages, env=env)
    return True


def make_venv() -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415  (Debian leaves it out of its python3 package)
    except ImportError:
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        if not apt_install(package):
            sys.exit(f"Python came without ensurepip. Run `sudo apt-get install {package}` and start again.")
    say(f"Making .venv with Python {sys.version.split()[0]}")
    call(sys.executable, "-m", "venv", "--clear", str(VENV))


def install(lock: Path) -> None:
    """Install the pins of a lock, by hash and as wheels only, and show how far it is."""
    total = sum("==" in line for line in lock.read_text().splitlines())
    command = (*PIP, "install", "--require-hashes", "--only-binary=:all:", "-r", str(lock))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as pip:
        assert pip.stdout  # noqa: S101
        done, shown = 0, 0.0
        for line in pip.stdout:
            done += line.startswith(("Collecting", "Requirement already", "Ignoring"))
            if line.startswith("Installing"):
                print(f"\r   {done} packages found, now unpacking", flush=True)
            elif sys.stdout.isatty() and time.monotonic() - shown > 0.1:
                shown = time.monotonic()
                print(f"\r   {done} of {total} packages", end="", flush=True)
    if pip.returncode:
        sys.exit(pip.returncode)
    call(*PIP, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def prepare(kind: str) -> None:
    """Bring .venv to the state of requirements/KIND.txt; costs nothing when it is there already."""
    lock = ROOT / "requirements" / f"{kind}.txt"
    base = f"{sys.version}\n{ROOT}\n"
    made_by, stamp = VENV / "made-by", VENV / f"installed-{kind}"
    if not made_by.exists() or made_by.read_text() != base:
        make_venv()
        made_by.write_text(base)
    state = hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if not stamp.exists() or stamp.read_text() != state:
        say(f"Installing requirements/{kind}.txt into .venv (about 20 seconds, once)")
        install(lock)
        stamp.write_text(state)


def find_chromium() -> str:
    named = os.environ.get("MZTTEST_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
    if named is None and Path(mac).exists():
        named = mac
    if named is None and apt_install("chromium", "fonts-wqy-microhei"):
        named = shutil.which("chromium")
    return named or sys.exit(
        "The tests need Chromium: install it (Debian: sudo apt-get install chromium fonts-wqy-microhei), "
        "or set MZTTEST_CHROMIUM to the path of a Chromium or Chrome."
    )


def test(arguments: list[str]) -> None:
    if not arguments:
        for heading, check in CHECKS:
            say(heading)
            call(str(PYTHON), *check)
        say("Tests")
    call(*PYTEST, *arguments)


def lock() -> None:
    uv = shutil.which("uv") or sys.exit("uv is needed to write the locks: pip install uv.")
    compile_ = (uv, "pip", "compile", "--quiet", "--universal", "--python-version=3.11", "--generate-hashes")
    plain = ("--no-emit-index-url", "--no-annotate", "--no-header", "pyproject.toml", "--group=build")
    call(*compile_, *plain, "-o", "requirements/run.txt")
    call(*compile_, *plain, "--group=test", "-c", "requirements/run.txt", "-o", "requirements/test.txt")


def main(arguments: list[str]) -> None:
    match arguments:
        case ["run", *rest]:
            prepare("run")
            os.execv(PYTHON, [str(PYTHON), "-m", "minzhengtong", "run", *rest])
        case ["test", *rest]:
            prepare("test")
            os.environ["MZTTEST_CHROMIUM"] = find_chromium()
            test(rest)
        case ["bench", *rest]:
            prepare("test")
            os.environ["MZTTEST_CHROMIUM"] = find_chromium()
            os.chdir(ROOT)
            os.execv(PYTHON, [str(PYTHON), "-m", "benchmarks", *rest])
        case ["lock"]:
            lock()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
