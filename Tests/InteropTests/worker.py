"""An app as a user of the official Python SDK writes it, served by FastAPI and uvicorn.

    python worker.py PORT

Its client is set up by the SDK's own environment variables alone: INNGEST_DEV, INNGEST_BASE_URL, INNGEST_SIGNING_KEY.
"""

import datetime
import sys

import fastapi
import inngest
import inngest.fast_api
import uvicorn

client = inngest.Inngest(app_id="interop")
second = datetime.timedelta(seconds=1)


def on(event, expression=None):
    return inngest.TriggerEvent(event=event, expression=expression)


# Steps


@client.create_function(fn_id="sequence", trigger=on("t/sequence"))
async def sequence(ctx):
    async def begin():
        return {"n": ctx.event.data["n"]}

    async def increment(n):
        return n + 1

    before = await ctx.step.run("begin", begin)
    await ctx.step.sleep("nap", 300)
    after = await ctx.step.run("increment", increment, before["n"])
    return {"before": before, "after": after, "run": ctx.run_id, "attempt": ctx.attempt}


@client.create_function(fn_id="parallel", trigger=on("t/parallel"))
async def parallel(ctx):
    async def double(n):
        return n * 2

    both = await ctx.group.parallel(
        (
            lambda: ctx.step.run("left", double, 1),
            lambda: ctx.step.run("right", double, 2),
            lambda: ctx.step.sleep("pause", 100),
        )
    )
    joined = await ctx.step.run("join", double, both[0] + both[1])
    return [*both, joined]


@client.create_function(fn_id="again", trigger=on("t/again"))
async def again(ctx):
    async def name(n):
        return n

    return [await ctx.step.run("same", name, n) for n in range(3)]


@client.create_function(fn_id="values", trigger=on("t/values"))
async def values(ctx):
    async def value():
        return ctx.event.data["value"]

    kept = await ctx.step.run("value", value)
    # The second step makes sure that the value has been through the server and back.
    same = await ctx.step.run("compare", lambda: kept == ctx.event.data["value"])
    return {"kept": kept, "same": same}


@client.create_function(fn_id="nothing", trigger=on("t/nothing"))
async def nothing(ctx):
    await ctx.step.run("none", lambda: None)


@client.create_function(fn_id="big", trigger=on("t/big"))
async def big(ctx):
    async def text(letter):
        return letter * ctx.event.data["bytes"]

    texts = [await ctx.step.run(letter, text, letter) for letter in "abc"]
    return [text[0] + str(len(text)) for text in texts]


@client.create_function(fn_id="blocking", trigger=on("t/blocking"))
def blocking(ctx):
    first = ctx.step.run("first", lambda: "a")
    rest = ctx.group.parallel((lambda: ctx.step.run("second", lambda: "b"), lambda: ctx.step.run("third", lambda: "c")))
    return [first, *rest]


# Events


@client.create_function(fn_id="sender", trigger=on("t/sender"))
async def sender(ctx):
    events = [inngest.Event(name="t/sent", data={"k": k}) for k in (7, 8)]
    return await ctx.step.send_event("send", events)


@client.create_function(fn_id="receiver", trigger=on("t/sent", "event.data.k > 7"))
async def receiver(ctx):
    return {"k": ctx.event.data["k"], "id": ctx.event.id}


@client.create_function(fn_id="waiter", trigger=on("t/waiter"))
async def waiter(ctx):
    answer = await ctx.step.wait_for_event(
        "wait", event="t/answer", if_exp="event.data.k == async.data.k", timeout=ctx.event.data["seconds"] * second
    )
    return None if answer is None else {"name": answer.name, "data": answer.data}


# Invocations


@client.create_function(fn_id="doubler", trigger=on("t/doubler"))
async def doubler(ctx):
    return {"doubled": ctx.event.data["n"] * 2}


@client.create_function(fn_id="caller", trigger=on("t/caller"))
async def caller(ctx):
    by_object = await ctx.step.invoke("object", function=doubler, data={"n": 2})
    by_id = await ctx.step.invoke_by_id("id", function_id="doubler", data={"n": by_object["doubled"]})
    return [by_object, by_id]


@client.create_function(fn_id="careful-caller", trigger=on("t/careful-caller"))
async def careful_caller(ctx):
    try:
        timeout = ctx.event.data["seconds"] * second
        await ctx.step.invoke_by_id("call", function_id=ctx.event.data["function"], timeout=timeout)
    except inngest.StepError as error:
        return {"name": error.name, "message": error.message}


# Errors


@client.create_function(fn_id="flaky", trigger=on("t/flaky"), retries=3)
async def flaky(ctx):
    async def third_time():
        if ctx.attempt < 2:
            raise ValueError(f"attempt {ctx.attempt}")
        return ctx.attempt

    return await ctx.step.run("try", third_time)


@client.create_function(fn_id="catching", trigger=on("t/catching"), retries=1)
async def catching(ctx):
    async def never():
        raise ValueError("never")

    try:
        await ctx.step.run("try", never)
    except inngest.StepError as error:
        caught = {"name": error.name, "message": error.message}
    after = await ctx.step.run("after", lambda: "went on")
    return {"caught": caught, "after": after}


@client.create_function(fn_id="flaky-outside", trigger=on("t/flaky-outside"), retries=1)
async def flaky_outside(ctx):
    await ctx.step.run("done", lambda: 1)
    if ctx.attempt == 0:
        raise ValueError("outside of a step")
    return ctx.attempt


async def record_failure(ctx):
    error = ctx.event.data["error"]
    cause = ctx.event.data["event"]["name"]
    return {"name": error["name"], "message": error["message"], "of": ctx.event.data["function_id"], "cause": cause}


@client.create_function(fn_id="failing", trigger=on("t/failing"), retries=1, on_failure=record_failure)
async def failing(ctx):
    raise ValueError("no good")


@client.create_function(fn_id="hopeless", trigger=on("t/hopeless"), retries=5)
async def hopeless(ctx):
    async def hopelessly():
        raise inngest.NonRetriableError("hopeless")

    await ctx.step.run("try", hopelessly)


@client.create_function(fn_id="later", trigger=on("t/later"), retries=1)
async def later(ctx):
    if ctx.attempt == 0:
        raise inngest.RetryAfterError("later", 1500)
    return "now"


@client.create_function(fn_id="strange", trigger=on("t/strange"), retries=2)
async def strange(ctx):
    return await ctx.step.run("strange", lambda: object())


# Flow control


@client.create_function(
    fn_id="batched", trigger=on("t/batched"), batch_events=inngest.Batch(max_size=3, timeout=second)
)
async def batched(ctx):
    return [event.data["i"] for event in ctx.events]


@client.create_function(
    fn_id="debounced", trigger=on("t/debounced"), debounce=inngest.Debounce(period=second, key="event.data.k")
)
async def debounced(ctx):
    return ctx.event.data["i"]


@client.create_function(
    fn_id="single", trigger=on("t/single"), singleton=inngest.Singleton(mode="skip", key="event.data.k")
)
async def single(ctx):
    await ctx.step.wait_for_event("hold", event="t/release", timeout=60 * second)


@client.create_function(
    fn_id="cancellable",
    trigger=on("t/cancellable"),
    cancel=[inngest.Cancel(event="t/cancel", if_exp="event.data.k == async.data.k")],
)
async def cancellable(ctx):
    await ctx.step.sleep("long", 3600 * second)


@client.create_function(
    fn_id="limited",
    trigger=on("t/limited"),
    concurrency=[inngest.Concurrency(limit=2, key="event.data.k", scope="fn")],
    throttle=inngest.Throttle(limit=1, period=second, burst=1, key="event.data.k"),
    priority=inngest.Priority(run="event.data.p"),
    timeouts=inngest.Timeouts(start=3600 * second, finish=7200 * second),
)
async def limited(ctx):
    return ctx.event.data["i"]


@client.create_function(
    fn_id="rated", trigger=on("t/rated"), rate_limit=inngest.RateLimit(limit=1, period=60 * second, key="event.data.k")
)
async def rated(ctx):
    return ctx.event.data["i"]


@client.create_function(fn_id="scheduled", trigger=inngest.TriggerCron(cron="TZ=Europe/Paris 0 9 * * 1"))
async def scheduled(ctx):
    return None


functions = [
    *(sequence, parallel, again, values, nothing, big, blocking),
    *(sender, receiver, waiter),
    *(doubler, caller, careful_caller),
    *(flaky, catching, flaky_outside, failing, hopeless, later, strange),
    *(batched, debounced, single, cancellable, limited, rated, scheduled),
]

app = fastapi.FastAPI()
inngest.fast_api.serve(app, client, functions)

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
