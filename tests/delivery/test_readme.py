"""README.md and docs/miniapps.md: what they tell to type works in a clean copy, what they link to exists."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Browser

from minzhengtong.codes.draw import draw_png
from tests.delivery.copies import ROOT, Copy
from tests.journeys.browser import people
from tests.journeys.minting import Mint

README = (ROOT / "README.md").read_text("utf-8")
MINIAPPS = (ROOT / "docs" / "miniapps.md").read_text("utf-8")
PAGES = [
    path.relative_to(ROOT) for path in (ROOT, ROOT / "docs", ROOT / "deploy") for path in path.glob("*.md")
]
PICTURE_BYTES = 150_000
BRIEF = {
    "python3 dev.py run": None,  # it runs all the while
    "export MZT_PORT=8100 MZT_VAR_DIR=var/8100": None,  # the copy has that folder, and a free port
    "python3 dev.py test": "python3 dev.py test -n0 tests/unit/base/test_money.py",  # we are within the whole
    "python3 dev.py bench": "python3 dev.py bench --help",
}
"""What is typed in a shorter form here than by a person."""


def commands(page: str) -> list[str]:
    """The lines of a page's shell blocks, without their comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.M | re.S)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    return [shlex.join(shlex.split(line, comments=True)) for line in lines]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A clean copy, running, with the app of docs/miniapps.md typed into an empty folder."""
    folder = tmp_path_factory.mktemp("copy")
    for name, text in re.findall(r"`(library/[\w./]+)`\n\n```\w+\n(.*?)```", MINIAPPS, re.S):
        file = folder / "apps" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    copy = Copy(folder, MZT_MINIAPP_DIRS=str(folder / "apps"))
    copy.start()
    yield copy
    copy.stop()


def test_the_copy_runs_its_own_code(copy: Copy) -> None:
    done = copy.type(".venv/bin/python", "-c", "import minzhengtong as m; print(m.__file__)")
    assert done.stdout.strip() == str(copy.checkout / "minzhengtong" / "__init__.py")


def test_benchmarks_need_no_browser(copy: Copy) -> None:
    bare = {name: text for name, text in copy.environment.items() if name != "MZTTEST_CHROMIUM"} | {
        "PATH": ""
    }
    command = [sys.executable, "dev.py", "bench", "--help"]
    done = subprocess.run(command, cwd=copy.checkout, env=bare, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")


def test_every_command_of_the_readme_works(copy: Copy) -> None:
    told = commands(README)
    assert set(BRIEF) <= set(told)
    assert httpx2.get(copy.url + "/login", trust_env=False).status_code == 200
    for line in told:
        if (typed := BRIEF.get(line, line)) is not None:
            words = [sys.executable if word == "python3" else word for word in shlex.split(typed)]
            done = copy.type(*words)
            assert done.returncode == 0, f"{typed}: {done.stdout}{done.stderr}"
    assert (copy.checkout / "var" / "day.zip").is_file()
    assert [path.name for path in (copy.checkout / "var").iterdir() if path.is_dir()] == ["8100"]


def test_the_app_of_the_docs_goes_from_empty_folder_to_first_scan(copy: Copy, browser: Browser) -> None:
    assert "MZT_MINIAPP_DIRS=/path/to/your/apps python3 dev.py run" in commands(MINIAPPS)
    assert "library      active" in copy.type(".venv/bin/minzhengtong", "miniapp", "list").stdout
    mint = Mint(copy.var_dir)
    with people(browser, copy.url) as page_of:
        page = page_of("lin")
        page.goto(copy.app_url("library") + "/")
        page.wait_for_url("**/oauth/consent/**")
        page.locator("form button.button-primary").click()
        page.wait_for_url(copy.app_url("library") + "/**")
        assert page.locator("main li").count() == 0
        (copy.checkout / "code.png").write_bytes(draw_png(mint.issued_to("lin")))
        done = copy.type(".venv/bin/minzhengtong", "scan", "code.png", "--terminal", "fuzhou-library-gate")
        assert done.returncode == 0, done.stdout + done.stderr
        page.reload()
        assert page.locator("main li").count() == 1
    mint.close()


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        path, _, anchor = target.partition("#")
        if path.startswith("https:"):
            continue
        assert ((ROOT / page).parent / path).exists(), target
        if anchor and not path:
            assert re.search(rf"^#+ {re.escape(anchor)}$", text, re.M | re.I), target


def test_pictures_are_small_and_shown() -> None:
    for picture in (ROOT / "docs" / "pictures").iterdir():
        assert picture.stat().st_size <= PICTURE_BYTES
    shown = set(re.findall(r"\]\(docs/pictures/([\w-]+)\.png\)", README))
    assert {path.stem for path in (ROOT / "docs" / "pictures").iterdir()} == shown
