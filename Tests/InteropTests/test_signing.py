"""Keys that fit, keys that do not, and who says what then."""

import hashlib
import hmac
import json
import time
import unittest

import inngest

from system import OTHER_SIGNING_KEY, SIGNING_KEY, System, ask, eventually

REFUSAL = 'Authentication failed: send "Authorization: Bearer" with the signing key or its hash.'


class SigningTests(unittest.TestCase):
    def setUp(self):
        self.system = System(signed=True)
        self.addCleanup(self.system.stop)

    def test_the_worker_answers_signed_calls_only(self):
        self.system.start()
        body = json.dumps(call(), sort_keys=True, separators=(",", ":")).encode()
        url = self.system.worker_address + "?fnId=interop-doubler&stepId=step"

        def answer(headers):
            status, _, output = ask("POST", url, body, {"Content-Type": "application/json", **headers})
            return status, output

        self.assertEqual(answer(signature(body, SIGNING_KEY)), (200, {"doubled": 6}))
        self.assertEqual(answer(signature(body, OTHER_SIGNING_KEY)), (401, {"message": "Unauthorized"}))
        self.assertEqual(answer({}), (401, {"message": "Unauthorized"}))

    def test_the_worker_tells_about_itself_when_asked_with_a_signature(self):
        self.system.start()
        status, _, seen = ask("GET", self.system.worker_address, headers=signature(b"", SIGNING_KEY))
        self.assertEqual(status, 200)
        self.assertEqual((seen["mode"], seen["function_count"], seen["app_id"]), ("cloud", 27, "interop"))
        self.assertTrue(seen["authentication_succeeded"])

    def test_a_registration_with_another_key_is_refused_and_says_why(self):
        self.system.start_server()
        self.system.start_worker(signing_key=OTHER_SIGNING_KEY)
        _, headers, reply = ask("PUT", self.system.worker_address)
        self.assertEqual(headers["X-Inngest-Sync-Kind"], "out_of_band")
        self.assertEqual(reply, {"code": "SW0401", "error": REFUSAL, "status": 401})
        # The server was told the app's address, asks it too, and says what came of it.
        log = self.system.folder / "server.log"
        eventually(lambda: "its registration was refused: " + REFUSAL in log.read_text(), self.system.trouble)
        self.assertEqual(self.system.get("/api/apps"), {"data": []})

    def test_calls_that_the_worker_refuses_are_failed_attempts_that_say_why(self):
        self.system.start()
        self.system.stop_worker()
        self.system.start_worker(signing_key=OTHER_SIGNING_KEY)
        run = self.system.run_of("t/failing")
        self.assertEqual((run["status"], len(run["failed_attempts"])), ("failed", 2))
        self.assertEqual(
            run["error"]["message"],
            "Your server returned HTTP 401 before the SDK responded."
            " If an SDK refused the signature, its signing key is not that of this server.",
        )
        self.assertEqual(run["error"]["stack"], '{"message": "Unauthorized"}')

    def test_a_worker_that_changes_its_key_goes_on_by_its_fallback(self):
        self.system.start()
        self.system.stop_worker()
        self.system.start_worker(signing_key=OTHER_SIGNING_KEY, fallback=SIGNING_KEY)
        self.assertTrue(ask("PUT", self.system.worker_address)[2]["ok"])
        # The worker fetches a large state, which needs the key once more.
        run = self.system.run_of("t/big", {"bytes": 2_500_000})
        self.assertEqual((run["status"], run["output"]), ("completed", ["a2500000", "b2500000", "c2500000"]))

    def test_an_event_with_another_key_is_refused(self):
        self.system.start_server()
        client = self.system.new_client(event_key="another-key")
        with self.assertRaisesRegex(Exception, "^Event key not found$"):
            client.send_sync(inngest.Event(name="t/doubler", data={"n": 1}))
        self.assertEqual(self.system.get("/api/events")["data"], [])


def call():
    """The call of a run that begins."""
    event = {"id": "1", "name": "t/doubler", "data": {"n": 3}, "user": {}, "ts": 0}
    context = {"attempt": 0, "run_id": "1", "disable_immediate_execution": False, "stack": {"stack": []}}
    return {"ctx": context, "event": event, "events": [event], "steps": {}, "use_api": False, "version": -1}


def signature(body, key):
    """The header that a server sends with a body that is canonical."""
    now = str(int(time.time()))
    digest = hmac.new(key.rpartition("-")[2].encode(), body + now.encode(), hashlib.sha256).hexdigest()
    return {"X-Inngest-Signature": f"t={now}&s={digest}"}
