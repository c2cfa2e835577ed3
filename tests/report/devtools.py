"""A headless Chromium driven through the DevTools protocol over a pipe, with nothing but the standard library."""
import base64
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time

# Nothing that depends on time: the watchdog of the GPU process and the throttles of pages that are thought hidden act
# on a busy machine alone. The interface's own pages (Omnibox) cost more than the report does.
FLAGS = [
    "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run", "--disable-extensions", "--disable-sync",
    "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update", "--disable-breakpad",
    "--disable-gpu-watchdog", "--disable-hang-monitor", "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows", "--disable-background-timer-throttling", "--password-store=basic",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup", "--hide-scrollbars",
    "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist", "--disable-gpu-rasterization",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # no network, whatever the page asks for
]
PATIENCE = 150  # seconds that one step may take; an idle machine needs less than two


def find_chromium():
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """One browser with one page. Console errors, exceptions and requests of the page are collected as they come."""

    def __init__(self, webgl=True):
        self.folder = tempfile.mkdtemp(prefix="report-browser-")
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        def place_pipes():  # the protocol is spoken on descriptors 3 and 4
            source, target = os.dup(to_browser), os.dup(from_browser)
            os.dup2(source, 3)
            os.dup2(target, 4)

        flags = FLAGS + [f"--user-data-dir={self.folder}/profile"]
        if not webgl:
            flags = [f for f in flags if "swiftshader" not in f] + ["--disable-gpu", "--disable-3d-apis"]
        self.stderr = open(os.path.join(self.folder, "stderr"), "w+b")
        self.process = subprocess.Popen([find_chromium(), *flags, "about:blank"], preexec_fn=place_pipes, close_fds=False,
                                        start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.stderr)
        os.close(to_browser)
        os.close(from_browser)
        self.buffer, self.last_id, self.session = b"", 0, None
        self.errors, self.requests, self.loaded = [], [], False
        try:
            self._attach()
        except Exception:
            self.close()
            raise

    def _attach(self):
        self.downloads = os.path.join(self.folder, "downloads")
        os.mkdir(self.downloads)
        self.call("Browser.setDownloadBehavior", behavior="allow", downloadPath=self.downloads)
        pages = self._until("a page to be there", lambda: [t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page"])
        self.session = self.call("Target.attachToTarget", targetId=pages[0]["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Ends the browser with all its processes."""
        os.close(self.write_end)  # asks it to end
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        os.close(self.read_end)
        self.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _trouble(self, what):
        """What to tell the reader of a failed test."""
        self.stderr.seek(0)
        said = self.stderr.read().decode(errors="replace").splitlines()[-20:]
        state = self.process.poll()
        return "\n".join([what, "The browser is running." if state is None else f"The browser has ended with {state}.",
                          f"Errors of the page: {self.errors}", "The last lines of its stderr:", *said])

    def _until(self, what, condition, seconds=PATIENCE):
        """The first true value of `condition`, asked again and again; the page's messages are noted meanwhile."""
        end = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > end:
                raise TimeoutError(self._trouble(f"waited {seconds} s in vain for {what}"))
            for _ in self._messages(0.05):
                pass
        return value

    def _messages(self, seconds):
        """The messages that arrive within `seconds`, at least until one has come."""
        end = time.monotonic() + seconds
        while b"\0" not in self.buffer:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.read_end], [], [], left)[0]:
                return
            chunk = os.read(self.read_end, 1 << 20)
            if not chunk:
                raise RuntimeError(self._trouble("the pipe to the browser has closed"))
            self.buffer += chunk
        *whole, self.buffer = self.buffer.split(b"\0")
        for text in whole:
            message = json.loads(text)
            self._note(message)
            yield message

    def _note(self, message):
        method, params = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description") or details["text"])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert"):
            self.errors.append(" ".join(str(a.get("value", a.get("description", ""))) for a in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Page.loadEventFired":
            self.loaded = True

    def call(self, method, session=True, seconds=PATIENCE, **params):
        self.last_id += 1
        message = {"id": self.last_id, "method": method, "params": params}
        if session and self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        try:
            while data:
                data = data[os.write(self.write_end, data):]
        except BrokenPipeError:
            raise RuntimeError(self._trouble("the pipe to the browser has closed")) from None
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            answer = None
            for reply in self._messages(end - time.monotonic()):
                if reply.get("id") == self.last_id:
                    answer = reply
            if answer:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
        raise TimeoutError(self._trouble(f"{method} did not answer in {seconds} s: {str(params)[:300]}"))

    def evaluate(self, expression):
        """The value of a JavaScript expression; a promise is awaited."""
        result = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            details = result["exceptionDetails"]
            raise RuntimeError(details.get("exception", {}).get("description") or details["text"])
        return result["result"].get("value")

    def wait_for(self, expression):
        return self._until(expression, lambda: self.evaluate(expression))

    def set_screen(self, width, height, dark=False, touch=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=touch)
        self.call("Emulation.setTouchEmulationEnabled", enabled=touch)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def open(self, url):
        self.loaded = False
        self.errors.clear()
        self.requests.clear()
        self.call("Page.navigate", url=url)
        self._until(f"{url} to load", lambda: self.loaded)

    def screenshot(self, whole_page=True, clip=None):
        """PNG bytes of the whole page, of what the window shows, or of a box {x, y, width, height} of the page."""
        options = {"captureBeyondViewport": whole_page or clip is not None}
        if clip:
            options["clip"] = {**clip, "scale": 1}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", **options)["data"])

    def downloaded(self, name):
        """The bytes of a file that the page has saved under `name`."""
        path = os.path.join(self.downloads, name)
        self._until(f"the page to save {name}", lambda: os.path.exists(path))
        with open(path, "rb") as file:
            return file.read()
