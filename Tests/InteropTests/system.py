"""The real `stepwell` binary and a real worker, each a process of its own, and the operator's view of what they do."""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import inngest

FOLDER = pathlib.Path(__file__).parent
ROOT = FOLDER.parent.parent
BINARY = os.path.abspath(os.environ.get("STEPWELL_BINARY") or ROOT / ".build/debug/stepwell")

EVENT_KEY = "interop-tests"
SIGNING_KEY = "signkey-test-0123456789abcdef0123456789abcdef"
OTHER_SIGNING_KEY = "signkey-test-fedcba9876543210fedcba9876543210"
DEADLINE_SECONDS = 20
FINISHED = {"completed", "failed", "cancelled", "skipped"}


class System:
    """A server, a worker that has registered with it, and the SDK's client to send events with."""

    def __init__(self, signed, settings=None):
        self.signed = signed
        self.settings = settings or {}
        self._folder = tempfile.TemporaryDirectory(prefix="stepwell-interop-")
        self.folder = pathlib.Path(self._folder.name)
        server_port, self.worker_port = free_ports(2)
        self.address = f"http://127.0.0.1:{server_port}"
        self.worker_address = f"http://127.0.0.1:{self.worker_port}/api/inngest"
        self.server = self.worker = None
        self.client = self.new_client(EVENT_KEY)

    def new_client(self, event_key):
        return inngest.Inngest(
            app_id="tests",
            api_base_url=self.address,
            event_api_base_url=self.address,
            event_key=event_key,
            is_production=self.signed,
            signing_key=SIGNING_KEY if self.signed else None,
        )

    def start(self):
        try:
            self.start_server()
            self.start_worker()
            eventually(lambda: any(app["functions"] for app in self.get("/api/apps")["data"]), self.trouble)
        except BaseException:
            self.stop()
            raise

    def start_server(self):
        options = ["--port", self.address.rpartition(":")[2], "--data", str(self.folder / "stepwell.db")]
        options += ["--sdk-url", self.worker_address, "--no-poll", "--retry-interval", "100ms"]
        keys = {"STEPWELL_EVENT_KEY": EVENT_KEY, "STEPWELL_SIGNING_KEY": SIGNING_KEY} if self.signed else {}
        mode = ["start"] if self.signed else ["dev", "--no-discovery"]
        self.server = self.run([BINARY, *mode, *options], keys, "server.log")
        eventually(lambda: is_answered(self.address + "/health"), self.trouble)

    def start_worker(self, signing_key=SIGNING_KEY, fallback=None):
        settings = dict(self.settings)
        if self.signed:
            settings |= {"INNGEST_BASE_URL": self.address}
            settings |= {"INNGEST_EVENT_KEY": EVENT_KEY, "INNGEST_SIGNING_KEY": signing_key}
            if fallback:
                settings |= {"INNGEST_SIGNING_KEY_FALLBACK": fallback}
        else:
            settings |= {"INNGEST_DEV": self.address}
        command = [sys.executable, "-B", str(FOLDER / "worker.py"), str(self.worker_port)]
        self.worker = self.run(command, settings, "worker.log")
        eventually(lambda: is_answered(f"http://127.0.0.1:{self.worker_port}/openapi.json"), self.trouble)

    def run(self, command, settings, log):
        # Nothing of whoever runs the tests: neither keys nor addresses.
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("INNGEST_", "STEPWELL_"))}
        with open(self.folder / log, "a") as output:
            return subprocess.Popen(
                command, env={**environment, **settings}, cwd=self.folder, stdout=output, stderr=output
            )

    def stop(self):
        for process in (self.worker, self.server):
            stop(process)
        self._folder.cleanup()

    def stop_worker(self):
        stop(self.worker)

    def trouble(self):
        """What both processes have written, for a failure's message."""
        return "\n".join(f"--- {log.name}\n{log.read_text()}" for log in sorted(self.folder.glob("*.log")))

    # What is done

    def send(self, name, data=None, **fields):
        """Sends an event by the SDK's client and gives its id back."""
        return self.client.send_sync(inngest.Event(name=name, data=data or {}, **fields))[0]

    def send_all(self, name, *data):
        """Sends events in one request and gives their ids back."""
        return self.client.send_sync([inngest.Event(name=name, data=each) for each in data])

    def run_of(self, name, data=None):
        """Sends an event and gives the one run that it starts, once that has ended."""
        [run] = self.finished(self.send(name, data))
        return run

    # What is seen

    def finished(self, event, count=1):
        """The runs of an event, the oldest first, once there are so many and all have ended."""
        runs = eventually(lambda: ended(self.runs(event), count), self.trouble)
        return [self.get("/api/runs/" + run["id"]) for run in runs]

    def runs(self, event):
        return self.get(f"/api/events/{event}/runs")["data"][::-1]

    def runs_of_function(self, slug, count):
        """The runs of a function, the oldest first, once there are so many and all have ended."""
        runs = eventually(lambda: ended(self.get("/api/runs?function=" + slug)["data"], count), self.trouble)
        return [self.get("/api/runs/" + run["id"]) for run in runs[::-1]]

    def pending(self, event, kind):
        """The run of an event once its next action is of this kind."""

        def look():
            for run in self.runs(event):
                detail = self.get("/api/runs/" + run["id"])
                if any(action["kind"] == kind for action in detail["pending"]):
                    return detail
            return None

        return eventually(look, self.trouble)

    def get(self, path):
        request = urllib.request.Request(self.address + path)
        token = self.folder / "stepwell.db.token"
        if token.exists():
            request.add_header("Authorization", "Bearer " + token.read_text().strip())
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as response:
            return json.load(response)


def eventually(look, trouble):
    """What `look` gives as soon as that is something; an error with all logs when that takes too long."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {DEADLINE_SECONDS} s\n{trouble()}")


def ended(runs, count):
    return runs if len(runs) >= count and all(run["status"] in FINISHED for run in runs) else None


def ask(method, url, body=b"", headers=None):
    """Status, headers and JSON of an answer, whatever its status."""
    request = urllib.request.Request(url, method=method, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as response:
            return response.status, response.headers, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.load(error)


def is_answered(url):
    try:
        with urllib.request.urlopen(url, timeout=1):
            return True
    except OSError:
        return False


def free_ports(count):
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [listener.getsockname()[1] for listener in listeners]
    for listener in listeners:
        listener.close()
    return ports


def stop(process):
    if process is None:
        return
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
