"""What functions of the official SDK come to, in `stepwell dev` and, signed, in `stepwell start`."""

import datetime
import unittest

from system import System


def steps_of(run):
    return [(step["name"], step["kind"], step["status"], step["attempts"], step["output"]) for step in run["steps"]]


def errors_of(run):
    return [
        (attempt["step_name"], attempt["attempt"], attempt["error"]["name"], attempt["error"]["message"])
        for attempt in run["failed_attempts"]
    ]


def outcome(run):
    return (run["status"], run["output"])


def failure(part):
    """Status and error of a run or a step."""
    return (part["status"], part["error"]["name"], part["error"]["message"])


class Behaviour:
    """The tests; whoever inherits says in which mode."""

    signed: bool
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.system = System(cls.signed)
        cls.system.start()
        cls.addClassCleanup(cls.system.stop)

    # Steps

    def test_steps_run_once_in_their_order_and_a_sleep_is_slept(self):
        run = self.system.run_of("t/sequence", {"n": 1})
        self.assertEqual(
            outcome(run), ("completed", {"before": {"n": 1}, "after": 2, "run": run["id"], "attempt": 0})
        )
        self.assertEqual(
            steps_of(run),
            [
                ("begin", "run", "completed", 1, {"n": 1}),
                ("nap", "sleep", "completed", 1, None),
                ("increment", "run", "completed", 1, 2),
            ],
        )
        self.assertGreaterEqual(seconds(run["started_at"], run["ended_at"]), 0.3)
        self.assertEqual(run["failed_attempts"], [])

    def test_parallel_steps_are_joined(self):
        run = self.system.run_of("t/parallel")
        self.assertEqual(outcome(run), ("completed", [2, 4, None, 12]))
        self.assertCountEqual(
            steps_of(run),
            [
                ("left", "run", "completed", 1, 2),
                ("right", "run", "completed", 1, 4),
                ("pause", "sleep", "completed", 1, None),
                ("join", "run", "completed", 1, 12),
            ],
        )
        self.assertEqual(run["steps"][-1]["name"], "join")

    def test_steps_of_one_name_are_told_apart(self):
        run = self.system.run_of("t/again")
        self.assertEqual(outcome(run), ("completed", [0, 1, 2]))
        self.assertEqual(steps_of(run), [("same", "run", "completed", 1, n) for n in range(3)])

    def test_values_come_back_as_they_were(self):
        for value in [
            None,
            "",
            "ü ☃ 😀 \u0000 \u2028 \" \\",
            [],
            {},
            0,
            -0.5,
            1e-7,
            1e21,
            2**53 - 1,
            {"ä": {"": [None, True, [[], {"z": 1, "a": 2}]]}, "😀": "x", "__proto__": 1},
        ]:
            with self.subTest(value=value):
                run = self.system.run_of("t/values", {"value": value})
                self.assertEqual(outcome(run), ("completed", {"kept": value, "same": True}))
                self.assertEqual(run["steps"][0]["output"], value)

    def test_a_function_may_return_nothing(self):
        run = self.system.run_of("t/nothing")
        self.assertEqual(outcome(run), ("completed", None))
        self.assertEqual(steps_of(run), [("none", "run", "completed", 1, None)])

    def test_a_large_state_is_fetched_by_the_worker(self):
        run = self.system.run_of("t/big", {"bytes": 2_500_000})
        self.assertEqual(outcome(run), ("completed", ["a2500000", "b2500000", "c2500000"]))
        self.assertEqual([len(step["output"]) for step in run["steps"]], [2_500_000] * 3)

    def test_a_function_of_blocking_steps_is_run(self):
        run = self.system.run_of("t/blocking")
        self.assertEqual(outcome(run), ("completed", ["a", "b", "c"]))

    # Events

    def test_events_that_a_step_sends_start_what_their_expressions_let_through(self):
        run = self.system.run_of("t/sender")
        ids = run["output"]
        self.assertEqual(steps_of(run), [("send", "run", "completed", 1, ids)])
        self.assertEqual([self.system.get("/api/events/" + id)["payload"]["data"] for id in ids], [{"k": 7}, {"k": 8}])
        [received] = self.system.finished(ids[1])
        self.assertEqual(outcome(received), ("completed", {"k": 8, "id": ids[1]}))
        self.assertEqual(self.system.runs(ids[0]), [])

    def test_a_wait_ends_with_the_first_event_that_fits(self):
        event = self.system.send("t/waiter", {"k": "α", "seconds": 60})
        self.system.pending(event, "wait_for_event")
        self.system.send("t/answer", {"k": "β", "n": 1})
        self.system.send("t/answer", {"k": "α", "n": 2})
        [run] = self.system.finished(event)
        self.assertEqual(outcome(run), ("completed", {"name": "t/answer", "data": {"k": "α", "n": 2}}))
        [step] = run["steps"]
        self.assertEqual((step["name"], step["kind"], step["status"]), ("wait", "wait_for_event", "completed"))
        self.assertEqual(step["output"]["data"], {"k": "α", "n": 2})

    def test_a_wait_ends_with_nothing_when_its_time_is_up(self):
        run = self.system.run_of("t/waiter", {"k": "γ", "seconds": 1})
        self.assertEqual(outcome(run), ("completed", None))
        self.assertEqual(steps_of(run), [("wait", "wait_for_event", "timed_out", 1, None)])
        self.assertGreaterEqual(seconds(run["started_at"], run["ended_at"]), 1)

    def test_the_second_event_of_an_id_starts_nothing(self):
        first, second = (self.system.send("t/doubler", {"n": n}, id="one-id") for n in (1, 2))
        after = self.system.send("t/doubler", {"n": 3})
        self.assertEqual([outcome(run) for run in self.system.finished(first)], [("completed", {"doubled": 2})])
        self.assertEqual([outcome(run) for run in self.system.finished(after)], [("completed", {"doubled": 6})])
        self.assertEqual(self.system.runs(second), [])
        self.assertEqual(self.system.get("/api/events/" + second)["payload"]["data"], {"n": 2})

    # Invocations

    def test_functions_are_invoked_by_object_and_by_id(self):
        run = self.system.run_of("t/caller")
        self.assertEqual(outcome(run), ("completed", [{"doubled": 4}, {"doubled": 8}]))
        self.assertEqual(
            steps_of(run),
            [
                ("object", "invoke", "completed", 1, {"doubled": 4}),
                ("id", "invoke", "completed", 1, {"doubled": 8}),
            ],
        )

    def test_a_failed_invocation_is_an_error_that_can_be_caught(self):
        timeout = "Timed out waiting for invoked function to complete"
        for function, seconds_max, name, message in [
            ("hopeless", 60, "NonRetriableError", "hopeless"),
            ("cancellable", 1, "InngestInvokeTimeoutError", timeout),
            ("nowhere", 60, "Error", "could not find function with ID: interop-nowhere"),
        ]:
            with self.subTest(function=function):
                run = self.system.run_of("t/careful-caller", {"function": function, "seconds": seconds_max})
                self.assertEqual(outcome(run), ("completed", {"name": name, "message": message}))
                self.assertEqual(steps_of(run), [("call", "invoke", "failed", 1, None)])

    # Errors

    def test_a_step_that_fails_is_tried_again(self):
        run = self.system.run_of("t/flaky")
        self.assertEqual(outcome(run), ("completed", 2))
        self.assertEqual(steps_of(run), [("try", "run", "completed", 3, 2)])
        self.assertEqual(
            errors_of(run), [("try", 0, "ValueError", "attempt 0"), ("try", 1, "ValueError", "attempt 1")]
        )

    def test_a_step_without_attempts_left_raises_an_error_that_can_be_caught(self):
        run = self.system.run_of("t/catching")
        caught = {"name": "ValueError", "message": "never"}
        self.assertEqual(outcome(run), ("completed", {"caught": caught, "after": "went on"}))
        self.assertEqual(
            steps_of(run), [("try", "run", "failed", 2, None), ("after", "run", "completed", 1, "went on")]
        )
        self.assertEqual(failure(run["steps"][0]), ("failed", "ValueError", "never"))

    def test_a_function_that_fails_outside_of_its_steps_is_tried_again(self):
        run = self.system.run_of("t/flaky-outside")
        self.assertEqual(outcome(run), ("completed", 1))
        self.assertEqual(steps_of(run), [("done", "run", "completed", 1, 1)])
        self.assertEqual(errors_of(run), [(None, 0, "ValueError", "outside of a step")])

    def test_a_failed_run_is_told_to_its_failure_handler(self):
        run = self.system.run_of("t/failing")
        self.assertEqual(failure(run), ("failed", "ValueError", "no good"))
        self.assertEqual(errors_of(run), [(None, n, "ValueError", "no good") for n in (0, 1)])
        [handled] = self.system.runs_of_function("interop-failing-failure", 1)
        expected = {"name": "ValueError", "message": "no good", "of": "interop-failing", "cause": "t/failing"}
        self.assertEqual(outcome(handled), ("completed", expected))
        self.assertEqual(handled["trigger"]["payload"]["data"]["run_id"], run["id"])

    def test_a_non_retriable_error_ends_the_attempts(self):
        run = self.system.run_of("t/hopeless")
        self.assertEqual(failure(run), ("failed", "NonRetriableError", "hopeless"))
        self.assertEqual(errors_of(run), [(None, 0, "NonRetriableError", "hopeless")])

    def test_a_retry_comes_when_the_error_says(self):
        run = self.system.run_of("t/later")
        self.assertEqual(outcome(run), ("completed", "now"))
        self.assertEqual(errors_of(run), [(None, 0, "RetryAfterError", "later")])
        self.assertGreaterEqual(seconds(run["started_at"], run["ended_at"]), 1.4)

    def test_a_result_that_is_no_json_fails_with_the_words_of_the_sdk(self):
        # The SDK does not say of this error that it is no use to try again.
        run = self.system.run_of("t/strange")
        error = ("OutputUnserializableError", '"strange" returned unserializable data')
        self.assertEqual(failure(run), ("failed", *error))
        self.assertEqual(errors_of(run), [(None, n, *error) for n in range(3)])

    # Flow control

    def test_a_batch_is_full_or_its_time_is_up(self):
        events = self.system.send_all("t/batched", *({"i": i} for i in range(4)))
        full, rest = self.system.runs_of_function("interop-batched", 2)
        self.assertEqual((outcome(full), full["event_ids"]), (("completed", [0, 1, 2]), events[:3]))
        self.assertEqual((outcome(rest), rest["event_ids"]), (("completed", [3]), events[3:]))
        self.assertGreaterEqual(seconds(rest["queued_at"], rest["started_at"]), 1)

    def test_a_debounce_runs_once_with_the_last_event_of_its_key(self):
        self.system.send_all("t/debounced", {"k": "a", "i": 1}, {"k": "b", "i": 2}, {"k": "a", "i": 3})
        runs = self.system.runs_of_function("interop-debounced", 2)
        self.assertCountEqual([outcome(run) for run in runs], [("completed", 2), ("completed", 3)])

    def test_a_singleton_skips_what_comes_while_it_is_running(self):
        event = self.system.send("t/single", {"k": "a"})
        self.system.pending(event, "wait_for_event")
        self.assertEqual(self.system.run_of("t/single", {"k": "a"})["status"], "skipped")
        other = self.system.send("t/single", {"k": "b"})
        self.system.pending(other, "wait_for_event")
        self.system.send("t/release")
        self.assertEqual([run["status"] for run in self.system.finished(event)], ["completed"])
        self.assertEqual([run["status"] for run in self.system.finished(other)], ["completed"])

    def test_an_event_cancels_the_runs_that_its_expression_fits(self):
        hit, missed = (self.system.send("t/cancellable", {"k": k}) for k in ("a", "b"))
        for event in (hit, missed):
            self.system.pending(event, "sleep")
        self.system.send("t/cancel", {"k": "a"})
        [run] = self.system.finished(hit)
        self.assertEqual((run["status"], run["output"], run["pending"]), ("cancelled", None, []))
        self.assertEqual([run["status"] for run in self.system.runs(missed)], ["running"])

    def test_a_throttle_delays_starts(self):
        events = self.system.send_all("t/limited", *({"k": "a", "p": 0, "i": i} for i in range(3)))
        runs = [self.system.finished(event)[0] for event in events]
        self.assertEqual([outcome(run) for run in runs], [("completed", i) for i in range(3)])
        self.assertGreaterEqual(seconds(runs[0]["started_at"], runs[2]["started_at"]), 0.9)

    def test_a_rate_limit_drops_what_is_too_much(self):
        first, second = self.system.send_all("t/rated", {"k": "a", "i": 1}, {"k": "a", "i": 2})
        self.assertEqual(outcome(self.system.run_of("t/rated", {"k": "b", "i": 3})), ("completed", 3))
        self.assertEqual([outcome(run) for run in self.system.finished(first)], [("completed", 1)])
        self.assertEqual(self.system.runs(second), [])

    # Registration

    def test_the_app_is_registered_with_all_that_its_functions_declare(self):
        app = self.system.get("/api/apps/interop")
        self.assertEqual((app["sdk"], app["framework"], app["error"]), ("py:v0.5.19", "fast_api", None))
        self.assertEqual(len(app["functions"]), 28)

        def configuration(slug, *keys):
            return {key: self.system.get("/api/functions/" + slug)["configuration"].get(key) for key in keys}

        self.assertEqual(
            configuration("interop-limited", "concurrency", "throttle", "priority", "timeouts"),
            {
                "concurrency": [{"key": "event.data.k", "limit": 2, "scope": "fn"}],
                "throttle": {"key": "event.data.k", "limit": 1, "period": "1s", "burst": 1},
                "priority": {"run": "event.data.p"},
                "timeouts": {"start": "1h", "finish": "2h"},
            },
        )
        self.assertEqual(
            configuration("interop-failing-failure", "name", "triggers"),
            {
                "name": "failing (failure)",
                "triggers": [
                    {"event": "inngest/function.failed", "expression": "event.data.function_id == 'interop-failing'"}
                ],
            },
        )
        self.assertEqual(
            configuration("interop-scheduled", "triggers"), {"triggers": [{"cron": "TZ=Europe/Paris 0 9 * * 1"}]}
        )


def seconds(start, end):
    """The time between two dates as the API writes them."""
    first, second = (datetime.datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (start, end))
    return (second - first).total_seconds()


class DevelopmentTests(Behaviour, unittest.TestCase):
    signed = False


class SignedTests(Behaviour, unittest.TestCase):
    signed = True


class StreamingTests(unittest.TestCase):
    """With INNGEST_STREAMING=force every answer is a 201 that goes on while the function works."""

    def test_answers_may_be_streams(self):
        system = System(signed=True, settings={"INNGEST_STREAMING": "force"})
        self.addCleanup(system.stop)
        system.start()
        self.assertEqual(outcome(system.run_of("t/parallel")), ("completed", [2, 4, None, 12]))
        self.assertEqual(outcome(system.run_of("t/flaky")), ("completed", 2))
        self.assertEqual(errors_of(system.run_of("t/hopeless")), [(None, 0, "NonRetriableError", "hopeless")])
