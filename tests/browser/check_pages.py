"""Look at the HTML report and at `detect --serve` in a real Chromium: run by hand, not by pytest.

    python -m tests.browser.check_pages --screenshots shots

It needs selenium, Chromium and chromedriver. Every step asserts what a person would see, that the
console stays silent and that nothing is asked of any address but the page's own.
"""

from __future__ import annotations

import argparse
import base64
import re
import sys
import tempfile
import threading
import time
from pathlib import Path

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from inpaintscan.jobs.serve import open_server
from tests.browser.chromium import Look
from tests.browser.pages import HOSTILE, StubScanner, write_photos, write_report

DROP = """
const transfer = new DataTransfer();
for (const [name, content] of arguments[0]) {
  const bytes = Uint8Array.from(atob(content), (character) => character.charCodeAt(0));
  transfer.items.add(new File([bytes], name, { type: "image/jpeg" }));
}
for (const kind of ["dragover", "drop"]) {
  const fields = { bubbles: true, cancelable: true, dataTransfer: transfer };
  document.dispatchEvent(new DragEvent(kind, fields));
}
"""


def check_report(look: Look, page: Path) -> None:
    """Load, sort, filter, search, open one, move the divider, use the keyboard."""
    look.open(page.as_uri())
    assert look.text("#headline") == "70 images scanned · 19 findings · 1 not readable"
    assert look.text("#rows tr .verdict") in {"inpainted", "generated"}
    look.shoot("report-list")
    check_list(look)
    check_viewer(look)
    look.open(page.as_uri(), dark=True)
    look.shoot("report-dark")
    look.click("#as-grid")
    look.shoot("report-grid-dark")
    look.type(Keys.TAB, Keys.ARROW_RIGHT, Keys.ENTER)
    assert look.text("#viewer-position") == "2 / 70"
    look.shoot("viewer-dark")
    look.driver.set_window_size(420, 860)
    look.open(page.as_uri())
    look.shoot("report-narrow")
    assert look.ask("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
    look.driver.set_window_size(1320, 940)
    look.check_silent(page.as_uri())


def check_list(look: Look) -> None:
    look.click("[data-key=path] button")
    names = look.names()
    assert names[-1] == "broken-20.jpg"  # it has no folder
    assert names[:-1] == sorted(names[:-1])
    assert look.ask("document.querySelector('[data-key=path]').ariaSort") == "ascending"
    look.click("[data-key=path] button")
    assert look.names()[0] == "broken-20.jpg"
    assert HOSTILE in names
    assert look.ask("document.title") == "inpaintscan report"
    look.click("[data-verdict=generated]")
    assert set(look.ask("Array.from(document.querySelectorAll('#rows .verdict'), "
                        "e => e.textContent)")) == {"generated"}  # fmt: skip
    look.click("[data-verdict=all]")
    look.type("/", "COFFEE")
    assert set(look.names()) == {"coffee.jpg"}
    look.type(Keys.BACKSPACE * 6, "nothing like it")
    assert look.names() == []
    look.shoot("report-nothing")
    look.click("#reset")
    assert len(look.names()) == 70


def check_viewer(look: Look) -> None:
    look.driver.find_element(By.ID, "order").send_keys("Findings first")
    look.ask("document.activeElement.blur()")
    look.type(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ARROW_UP, Keys.ENTER)
    assert look.ask("document.querySelector('#viewer').open")
    assert look.text("#viewer-position") == "2 / 70"
    look.shoot("viewer-heatmap")
    before = look.ask("document.querySelector('#frame').style.getPropertyValue('--wipe')")
    frame = look.driver.find_element(By.ID, "frame")
    ActionChains(look.driver).click_and_hold(frame).move_by_offset(-150, 20).release().perform()
    after = look.ask("document.querySelector('#frame').style.getPropertyValue('--wipe')")
    assert float(after.rstrip("%")) < float(before.rstrip("%")) - 5
    assert look.ask("Number(document.querySelector('#wipe').value)") < 50
    look.driver.find_element(By.ID, "wipe").send_keys(Keys.HOME)
    assert look.ask("document.querySelector('#frame').style.getPropertyValue('--wipe')") == "0%"
    look.click("[data-layer=mask]")
    time.sleep(0.3)
    # the middle of the layer is inside the region: white in the mask
    middle = "document.querySelector('#layer')"
    assert look.ask(f"{middle}.getContext('2d').getImageData({middle}.width / 2, "
                    f"{middle}.height * 0.45, 1, 1).data[0]") == 255  # fmt: skip
    look.shoot("viewer-mask")
    assert look.ask("document.querySelectorAll('#boxes rect').length") == 1
    look.click("#show-boxes")
    look.click("#facts")
    look.type("1", Keys.ARROW_RIGHT)
    assert look.text("#viewer-position") == "3 / 70"
    look.type(Keys.END)
    assert look.text("#viewer-position") == "70 / 70"
    look.type(Keys.ESCAPE)
    look.wait(lambda: not look.ask("document.querySelector('#viewer').open"), "closed viewer")
    assert look.ask("document.activeElement.tagName") == "TR"
    look.type(Keys.HOME)


def check_print(look: Look, page: Path) -> None:
    """Print: every image, not only those in view, with pictures, scores, hashes, caveats."""
    look.open(page.as_uri())
    start = time.monotonic()
    document = look.driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    content = base64.b64decode(document["data"])
    pages = len(re.findall(rb"/Type /Page\b", content))
    assert pages >= 70 / 3
    assert content.count(b"/Subtype /Image") >= 6  # the same picture is kept once
    assert look.ask("document.querySelector('#print').childElementCount") == 0  # cleared again
    print(f"{pages} pages of {len(content) / 1e6:.1f} MB in {time.monotonic() - start:.1f} s")
    look.driver.execute_script("dispatchEvent(new Event('beforeprint'))")
    look.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    texts = look.ask("Array.from(document.querySelectorAll('#print article'), e => e.innerText)")
    assert len(texts) == 70
    found = [text for text in texts if "damaged image" not in text]
    for words in ("SHA-256", "reported from", "Heatmap", "Mask, white is called replaced"):
        assert all(words in text for text in found), words
    assert look.text(".print-settings").count("{") == 0
    assert "never that a picture is authentic" in look.text(".footnotes")
    assert look.ask("document.querySelector('.footnotes .scale i').offsetWidth") > 50
    look.shoot("print")
    look.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    look.check_silent(page.as_uri())


def check_large_report(look: Look, page: Path) -> None:
    start = time.monotonic()
    look.open(page.as_uri())
    loaded = time.monotonic() - start
    assert look.ask("document.querySelectorAll('#rows tr').length") < 200
    start = time.monotonic()
    look.click("[data-key=path] button")
    ordered = time.monotonic() - start
    look.ask("document.activeElement.blur()")
    look.type(Keys.END)
    assert look.ask("document.querySelectorAll('#rows tr').length") == 2000
    size = page.stat().st_size / 1e6
    print(f"2,000 images: {size:.0f} MB, loaded in {loaded:.1f} s, sorted in {ordered:.2f} s")


def check_server(look: Look, paths: list[Path]) -> None:
    """Drop one file, then several, one of which is no image."""
    server = open_server(StubScanner(), port=0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    look.open(server.address)
    look.shoot("drop-empty")
    look.driver.find_element(By.ID, "files").send_keys(str(paths[0].resolve()))
    look.wait(lambda: look.ask("document.querySelector('#viewer').open"), "viewer of one image")
    assert look.text("#facts .verdict") == "inpainted"
    look.shoot("drop-one")
    look.type(Keys.ESCAPE)
    look.wait(lambda: len(look.names()) == 1, "one row")
    script = "return btoa(String.fromCharCode(...new Uint8Array(arguments[0])))"
    files = [
        (name, look.driver.execute_script(script, list(content)))
        for name, content in (
            ("chelsea.jpg", paths[2].read_bytes()),
            (HOSTILE, paths[1].read_bytes()),
            ("notes.txt.jpg", b"no image"),
        )
    ]
    look.driver.execute_script(DROP, files)
    look.wait(lambda: "Scanning" in look.text("#progress"), "progress")
    look.shoot("drop-busy")
    look.wait(lambda: len(look.names()) == 4, "four rows")
    look.wait(lambda: look.text("#progress") == "", "the end")
    assert look.text("#headline") == "4 images scanned · 3 findings · 1 not readable"
    assert HOSTILE in look.names()
    look.shoot("drop-several")
    look.check_silent(server.address)
    server.shutdown()


def main() -> int:
    """Run every check; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--screenshots", type=Path, help="folder for pictures of every step")
    shots = parser.parse_args().screenshots
    if shots is not None:
        shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "photos").mkdir()
        paths = write_photos(folder / "photos")
        write_report(folder / "report.html", paths, 70)
        write_report(folder / "partial.html", paths, 9, complete=False)
        look = Look(shots)
        try:
            check_report(look, folder / "report.html")
            check_print(look, folder / "report.html")
            look.open((folder / "partial.html").as_uri())
            assert look.text("#partial").startswith("Partial report")
            look.check_silent((folder / "partial.html").as_uri())
            check_server(look, paths)
            write_report(folder / "large.html", paths, 2000)
            check_large_report(look, folder / "large.html")
        finally:
            look.driver.quit()
    print("all checks passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
