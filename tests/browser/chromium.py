"""A Chromium without a window, and the questions that are asked of a page."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1320,940",
)  # fmt: skip


class Look:
    """A browser, and the questions that are asked of a page."""

    def __init__(self, shots: Path | None) -> None:
        self._shots = shots
        options = webdriver.ChromeOptions()
        for flag in (*FLAGS, f"--user-data-dir={tempfile.mkdtemp()}"):
            options.add_argument(flag)
        for name in ("chromium", "chromium-browser", "google-chrome"):
            if found := shutil.which(name):
                options.binary_location = found
                break
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = shutil.which("chromedriver")
        self.driver = webdriver.Chrome(options, Service(driver) if driver else Service())

    def open(self, address: str, *, dark: bool = False) -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
        self.driver.get(address)

    def shoot(self, name: str) -> None:
        if self._shots is not None:
            time.sleep(0.3)
            self.driver.save_screenshot(str(self._shots / f"{name}.png"))

    def ask(self, expression: str) -> Any:
        return self.driver.execute_script(f"return {expression}")

    def click(self, selector: str) -> None:
        self.driver.find_element(By.CSS_SELECTOR, selector).click()

    def type(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def names(self) -> list[str]:
        """The names in the list, from the top."""
        return self.ask("Array.from(document.querySelectorAll('#rows .name'), e => e.textContent)")

    def text(self, selector: str) -> str:
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def wait(self, holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + 30
        while not holds():
            assert time.monotonic() < end, f"never came: {what}"
            time.sleep(0.05)

    def check_silent(self, allowed: str) -> None:
        """Check that the console is empty and that only `allowed` addresses were asked for."""
        assert self.driver.get_log("browser") == []
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                assert url.startswith(
                    (allowed, "data:", "about:", "chrome:", "chrome-untrusted:")
                ), url
