"""Starts, tests and measures the simulator from a bare checkout; knows nothing of the application itself.

python3 dev.py run [ARGS]     migrate, seed and serve; ARGS go to `minzhengtong run`
python3 dev.py test [ARGS]    every check; with ARGS: pytest alone, with them; files run in one process
python3 dev.py bench [ARGS]   the benchmarks
python3 dev.py lock           write the locks anew from pyproject.toml (needs uv)
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  (an older Python may well start this one file)
    sys.exit("Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ".")

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = str(VENV / "bin" / "python")
PIP = (PYTHON, "-m", "pip", "--disable-pip-version-check", "--no-input")
LOCKS = {"run": "requirements/run.txt", "test": "requirements/test.txt"}
MAKER = f"{sys.version}\n{ROOT}\n"
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
CHECKS = (
    ("Format", ("-m", "ruff", "format", "--check", "--quiet")),
    ("Lint", ("-m", "ruff", "check", "--quiet")),
    ("Types", ("-m", "mypy")),
    ("Floors", ("-c", "from importlinter.cli import lint_imports_command as main; main()")),
)


def say(text: str) -> None:
    print(f"\033[1m== {text}\033[0m" if sys.stdout.isatty() else f"== {text}", flush=True)


def call(*command: str, quiet: bool = False) -> None:
    """Run a command in the checkout and leave with its exit code if that is not 0."""
    stdout = subprocess.DEVNULL if quiet else None
    code = subprocess.call(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=stdout)
    if code:
        sys.exit(code)


def apt_install(*packages: str) -> bool:
    """Install Debian packages when that is in our power; tell whether it was."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say("Installing " + " ".join(packages))
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    call("apt-get", "update", quiet=True)
    call("apt-get", "install", "-y", "--no-install-recommends", *packages, quiet=True)
    return True


def make_venv() -> None:
    package = "python{}.{}-venv".format(*sys.version_info)
    if importlib.util.find_spec("ensurepip") is None and not apt_install(package):  # Debian splits it off
        sys.exit(f"Python came without ensurepip. Run `sudo apt-get install {package}` and start again.")
    say(f"Making .venv with Python {sys.version.split()[0]}")
    call(sys.executable, "-m", "venv", "--clear", str(VENV))


def install(lock: Path) -> None:
    """Install the pins of a lock, by hash and as wheels only, and show how far it is."""
    total = lock.read_text().count("==")
    command = (*PIP, "install", "--require-hashes", "--only-binary=:all:", "-r", str(lock))
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as pip:
        done, shown = 0, time.monotonic()
        for line in pip.stdout or ():
            done += line.startswith(("Collecting", "Requirement already", "Ignoring"))
            if line.startswith("Installing") or time.monotonic() - shown > 2:
                shown = time.monotonic()
                print("   unpacking" if line.startswith("Installing") else f"   {done}/{total}", flush=True)
    if pip.returncode:
        sys.exit(pip.returncode)
    call(*PIP, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def wanted_state() -> str:
    """One digest of all that decides what belongs into .venv."""
    sources = (*LOCKS.values(), "pyproject.toml")
    return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in sources)).hexdigest()


def prepare(kind: str) -> None:
    """Bring .venv to the state of requirements/KIND.txt; costs nothing when it is there already."""
    made_by, installed, state = VENV / "made-by", VENV / "installed", wanted_state()
    if not made_by.exists() or made_by.read_text() != MAKER:
        make_venv()
        made_by.write_text(MAKER)
    present = installed.read_text().split() if installed.exists() else []
    if state not in present or kind not in (*present, "run"):  # the test lock holds the run lock
        say(f"Installing requirements/{kind}.txt into .venv (about 20 seconds, once)")
        install(ROOT / LOCKS[kind])
        installed.write_text(f"{kind} {state}")


def find_chromium() -> str:
    """Say where a Chromium is, and install Debian's when there is none."""
    found = os.environ.get("MZTTEST_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None and apt_install("chromium", "fonts-wqy-microhei"):  # the font: else Chinese is boxes
        found = shutil.which("chromium")
    return found or sys.exit(
        "The tests need Chromium: install it (Debian: sudo apt-get install chromium fonts-wqy-microhei), "
        "or set MZTTEST_CHROMIUM to the path of a Chromium or Chrome."
    )


def test(arguments: list[str]) -> None:
    for heading, check in CHECKS if not arguments else ():
        say(heading)
        call(PYTHON, *check)
    say("Tests")
    # Test processes and PostgreSQL take seconds to start, and a single file may need neither.
    processes = () if any(".py" in word for word in arguments) else ("-n", "auto", "--dist", "worksteal")
    call(PYTHON, "-m", "pytest", *processes, *arguments)


def lock() -> None:
    """Write both locks: for every platform, with hashes, without the address of any index."""
    uv = shutil.which("uv") or sys.exit("uv is needed to write the locks: pip install uv")
    resolve = (uv, "pip", "compile", "--quiet", "--universal", "--python-version=3.11", "--generate-hashes")
    plain = ("--no-emit-index-url", "--no-annotate", "--no-header", "pyproject.toml", "--group=build")
    call(*resolve, *plain, "-o", "requirements/run.txt")
    call(*resolve, *plain, "--group=test", "-c", "requirements/run.txt", "-o", "requirements/test.txt")


def forget_settings() -> None:
    """Drop the settings of a simulator that runs beside: the tests start their own."""
    for name in [name for name in os.environ if name.startswith("MZT_")]:
        del os.environ[name]


def main(arguments: list[str]) -> None:
    os.chdir(ROOT)
    verb, rest = (arguments or [""])[0], arguments[1:]
    if verb == "run":
        prepare("run")
        os.execv(PYTHON, [PYTHON, "-m", "minzhengtong", "run", *rest])  # noqa: S606
    elif verb == "test":
        prepare("test")
        forget_settings()
        os.environ["MZTTEST_CHROMIUM"] = find_chromium()
        test(rest)
    elif verb == "bench":
        prepare("test")
        os.execv(PYTHON, [PYTHON, "-m", "benchmarks", *rest])  # noqa: S606
    elif verb == "lock":
        lock()
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
