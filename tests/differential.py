"""Compares acoro with CPython 3.13 on random asyncio programs, line by line.

    python3.13 tests/differential.py --acoro target/debug/acoro --programs 1000 --seed 1

Programs are made from a grammar of tasks, sleeps, locks, events, conditions, semaphores, barriers, queues, futures, cancels,
timeouts, shields, gathers, waits, groups, async generators, contexts, task factories, runners, threads, and coroutines and
generators that are driven by hand. Many run in one process.
CPython runs them on a virtual clock, with timers that tie in the order they were made, with sets that keep their order, and
with threads that only sleep, as acoro has it. Every program that differs is written
to the directory of --keep. --record N writes up to N of the --programs with their output to a directory, as tests of the corpus:
only such that print the same under CPython on a real clock, too.
"""

import argparse
import concurrent.futures
import os
import random
import subprocess
import sys
import tempfile

UNIT = 512

PRELUDE = '''import asyncio
import contextlib
import contextvars
import re
import time
import traceback
import types

var = contextvars.ContextVar("var", default=0)
deep = False

def show(*a):
    global lines
    lines += 1
    if lines < 400: print(*a)

def name():
    t = asyncio.current_task()
    n = t.get_name() if t else "-"
    return f"T{int(n[5:]) - base}" if n.startswith("Task-") else n

def err(e):
    if isinstance(e, BaseExceptionGroup):
        text = f"{type(e).__name__}({e.args[0]!r}, [{', '.join(err(x) for x in e.exceptions)}])"
    else:
        text = repr(e)
    text = re.sub("0x[0-9a-f]+", "0x", text)
    return text + chain(e) if deep else text

def chain(e):
    # What came before it, and which functions of the program it went through.
    parts = []
    names = [f.name for f in traceback.extract_tb(e.__traceback__) if re.match(r"f\\d+_|main_|agen|Aw|manager", f.name)]
    at = e
    for _ in range(3):
        if at.__cause__ is not None:
            at = at.__cause__
            parts.append("from " + type(at).__name__)
        elif at.__context__ is not None and not at.__suppress_context__:
            at = at.__context__
            parts.append("after " + type(at).__name__)
        else:
            break
    return f" <{' '.join(parts)}; {'/'.join(names)}>"

def text(f):
    t = re.sub(r"0x[0-9a-f]+|Task-\\d+", "X", repr(f))
    t = re.sub(r"(, defined)? at (<[^>]*>|[^ <])*:\\d+", "", t)
    return re.sub(r"coro=<[^<>]*>", "coro", re.sub(r"[\\w.<>]+\\(\\)", "f()", t))

class Aw:
    def __init__(self, inner, turns):
        self.inner, self.turns = inner, turns

    def __await__(self):
        for _ in range(self.turns):
            yield
        try:
            if self.inner is not None:
                return (yield from self.inner.__await__())
            return "Aw"
        finally:
            show("Aw left")

@types.coroutine
def turn(n):
    for _ in range(n):
        yield
    return n

@contextlib.asynccontextmanager
async def manager(n, swallow):
    show(name(), n, "entered")
    try:
        yield n
    except ValueError as e:
        show(name(), n, "manager", err(e))
        if not swallow: raise
    finally:
        await asyncio.sleep(0)
        show(name(), n, "left")

def boom(n, *rest):
    show("boom", n)
    raise ValueError(n)

def handler(loop, context):
    if context["message"].startswith("Exception in callback"):
        show("handler", context["message"].split(" at ")[0], err(context["exception"]))

class Stop(BaseException):
    pass

def blocking(n, d, error):
    time.sleep(d)
    show("thread", n, var.get())
    if error: raise KeyError(n)
    return n

async def counter(n, d):
    i = 0
    try:
        while i < n:
            try:
                got = yield i
                if got is not None: show("counter got", got)
                i += 1
                await asyncio.sleep(d)
            except ValueError as e:
                show("counter", err(e))
    finally:
        show("counter left", i)
        await asyncio.sleep(d)
        show("counter closed")

async def consume(q, n):
    got = []
    try:
        while True:
            got.append(await q.get())
            await asyncio.sleep(0)
            q.task_done()
    except asyncio.QueueShutDown as e:
        show(name(), n, "shut down", got)
    finally:
        show(name(), n, "consumed", len(got))

async def produce(q, n, d):
    try:
        for i in range(n):
            await q.put(i)
            await asyncio.sleep(d)
    finally:
        show(name(), "produced")
        q.shutdown()

async def turn_of(n):
    show(name(), "turn of", n)
    await asyncio.sleep(0)
    return n

async def pairs(n):
    for i in range(n):
        yield i, await asyncio.sleep(0, i * i)

async def echo(n):
    got = None
    try:
        while n:
            n -= 1
            try:
                got = yield got
            except KeyError as e:
                show("echo", err(e))
                got = "caught"
    finally:
        show("echo left")

async def agen(n, d):
    try:
        for i in range(n):
            await asyncio.sleep(d)
            yield i
    finally:
        show("agen closed")

numbers = {}
kept = []

def eager(loop, coro, **kwargs):
    # Eager tasks are all called "None": a number tells which was made first.
    numbers[id(coro)] = numbers["made"] = numbers.get("made", 0) + 1
    return asyncio.eager_task_factory(loop, coro, **kwargs)

def order(t):
    return len(t.get_name()), t.get_name(), numbers.get(id(t.get_coro()), -1)

class Own(asyncio.Task):
    def cancel(self, msg=None):
        show("Own.cancel", msg)
        return super().cancel(msg)

class Fut(asyncio.Future):
    def add_done_callback(self, fn, *, context=None):
        show("Fut.add_done_callback")
        super().add_done_callback(fn, context=context)
    def cancel(self, msg=None):
        show("Fut.cancel", msg)
        return super().cancel(msg=msg)

def own(loop, coro, **kwargs):
    numbers[id(coro)] = numbers["made"] = numbers.get("made", 0) + 1
    return Own(coro, loop=loop, **kwargs)

made_eagerly = asyncio.create_eager_task_factory(Own)

def own_eagerly(loop, coro, **kwargs):
    numbers[id(coro)] = numbers["made"] = numbers.get("made", 0) + 1
    return made_eagerly(loop, coro, **kwargs)

async def by_hand(n):
    # Awaits nothing of a loop's, so that anything can drive it.
    try:
        show("by hand", n, await turn(2))
    except ValueError as e:
        show("by hand", err(e))
        await turn(1)
    finally:
        show("by hand left")
    return n

def drive(it, *steps):
    for step in steps:
        try:
            if isinstance(step, BaseException): got = it.throw(step)
            elif step == "close": got = it.close()
            else: got = it.send(step)
            show("drive", got)
        except BaseException as e:
            show("drive", err(e))

def seen(t):
    show("seen", t.cancelled())

def after(n, t, again):
    show("after", n, t.cancelled() if t.done() else "pending")
    if again: t.add_done_callback(lambda t: show("after", n, "again"))
    t.remove_done_callback(seen)

async def finish(loop):
    for _ in range(30):
        rest = sorted([t for t in asyncio.all_tasks() if t is not asyncio.current_task()], key=order)
        if not rest:
            break
        show("rest", len(rest))
        for t in rest:
            t.cancel()
        await asyncio.wait(rest, timeout=1)

def newer(i):
    # Only tasks made later are awaited, so that no two await each other.
    t = tasks[i % len(tasks)] if tasks else None
    me = asyncio.current_task()
    if t is None or t is me or not (t.get_name() + me.get_name()).count("Task-") == 2: return None
    return t if int(t.get_name()[5:]) > int(me.get_name()[5:]) else None

def reap(loop):
    for t in sorted(asyncio.all_tasks(loop), key=order):
        t.cancel()
    loop.call_later(1, reap, loop)

async def leave_behind():
    for i in range(3):
        tasks.append(asyncio.create_task(consume(asyncio.Queue(), i)))
    it = agen(2, 0)
    var.set(await anext(it))
    return it

def run_twice(main):
    global base, tasks
    tasks, base = [], 0
    with asyncio.Runner() as runner:
        it = runner.run(leave_behind())
        show(len(asyncio.all_tasks(runner.get_loop())), [t.done() for t in tasks])
        runner.run(main)
        show(var.get(), [t.done() for t in tasks])
        for t in tasks: t.cancel()

async def whole(make):
    global base
    base = int(asyncio.current_task().get_name()[5:])
    loop = asyncio.get_running_loop()
    loop.call_later(6, reap, loop)
    loop.set_exception_handler(handler)
    try:
        await make()
    except BaseException as e:
        show("main ended with", err(e))
    await finish(asyncio.get_running_loop())

'''

RUN = '''
lines = 0
deep = %r
try:
    %s(whole(main_%d))
except BaseException as e:
    print("run:", err(e))
print("== end of %d")
'''

# What CPython is told before it runs a batch.
HARNESS = '''import asyncio, asyncio.taskgroups, asyncio.tasks, collections, itertools, logging, sys, warnings
logging.disable(logging.CRITICAL)
warnings.simplefilter("ignore")

class OSet(set):
    def __init__(self, items=()):
        self.order = {}
        super().__init__()
        for item in items: self.add(item)
    def add(self, item):
        self.order[item] = None
        super().add(item)
    def discard(self, item):
        self.order.pop(item, None)
        super().discard(item)
    def remove(self, item):
        del self.order[item]
        super().remove(item)
    def clear(self):
        self.order.clear()
        super().clear()
    def __iter__(self):
        return iter(list(self.order))

asyncio.taskgroups.set = OSet
asyncio.tasks.set = OSet

seq = itertools.count()

class VLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        super().__init__()
        # A WeakSet's order is that of addresses.
        self._asyncgens.data = OSet()
        self.vt = 0.0
        self.jobs = collections.deque()
        self.busy = 0
        self.idle = None
        real = self._selector
        loop = self
        class Selector:
            def __getattr__(self, name): return getattr(real, name)
            def select(self, timeout=None):
                if timeout is None:
                    raise RuntimeError("deadlock")
                if timeout > 0 and loop._scheduled:
                    loop.vt = max(loop.vt, loop._scheduled[0]._when)
                return []
        self._selector = Selector()
    def time(self):
        return self.vt
    def call_at(self, *a, **k):
        h = super().call_at(*a, **k)
        h.seq = next(seq)
        return h

class TH(asyncio.TimerHandle):
    pass

real_init = asyncio.TimerHandle.__init__
def init(self, *a, **k):
    real_init(self, *a, **k)
    self._seq = next(seq)
asyncio.TimerHandle.__slots__ = ()
'''


MORE = ["boom", "callback", "handle", "var", "awaitable", "turn", "manager", "stack", "starred", "nested", "join", "deadline", "future", "asend",
        "shared", "shared", "cancelled", "eagerly", "thread", "thread", "workers", "together", "guard", "inside", "first", "nest", "stop",
        "closing", "comprehension", "loop", "eager", "within", "text", "many", "close", "errors", "last",
        "factory", "derived", "hand", "steps", "after", "stars", "wrapped", "mistake", "bad", "entered", "later_boom", "exit", "inner_loop",
        "rescheduled", "aw_task", "outside", "each"]


class Maker:
    """Makes one program."""

    def __init__(self, seed, number):
        self.r = random.Random(seed)
        self.number = number
        self.lines = []
        self.size = 0
        self.limit = self.r.choice([15, 30, 60, 90])
        self.functions = 0
        self.objects()

    def objects(self):
        r, n = self.r, self.number
        self.globals = {}
        kinds = {
            "L": ["asyncio.Lock()"],
            "E": ["asyncio.Event()"],
            "S": ["asyncio.Semaphore(1)", "asyncio.Semaphore(2)", "asyncio.Semaphore(0)", "asyncio.BoundedSemaphore(1)"],
            "C": ["asyncio.Condition()"],
            "B": ["asyncio.Barrier(2)", "asyncio.Barrier(3)"],
            "Q": ["asyncio.Queue()", "asyncio.Queue(1)", "asyncio.Queue(2)", "asyncio.LifoQueue(2)", "asyncio.PriorityQueue(3)",
                  "asyncio.PriorityQueue()"],
            "F": ["asyncio.get_running_loop().create_future()"],
        }
        self.kinds = r.sample(sorted(kinds), r.randint(2, 5))
        for kind in self.kinds:
            for i in range(r.randint(1, 2)):
                self.globals.setdefault(kind, []).append((f"{kind}{i}", r.choice(kinds[kind])))

    def one(self, kind):
        return self.r.choice(self.globals[kind])[0]

    def delay(self, zero=0.3):
        if self.r.random() < zero:
            return "0"
        return f"{self.r.choice([1, 1, 2, 2, 3, 4, 5, 8, 13, 20])} / {UNIT}"

    def tag(self):
        self.size += 1
        return self.size

    def block(self, depth, inner, budget=None):
        r = self.r
        out = []
        for _ in range(budget or r.randint(1, 4)):
            if self.size > self.limit:
                break
            out += self.statement(depth, inner)
        if not out:
            out = [f"show(name(), {self.tag()})"]
        return out

    def indent(self, lines):
        return ["    " + line for line in lines]

    def coroutine(self, depth):
        """A call of an async function, maybe a new one."""
        r = self.r
        roll = r.random()
        if roll < 0.12:
            return f"asyncio.sleep({self.delay()}, {self.tag()})"
        if roll < 0.45 and self.functions and depth > 0:
            return f"f{r.randrange(self.functions)}_{self.number}()" if False else self.new_function(depth)
        return self.new_function(depth)

    def new_function(self, depth):
        if depth >= 4 or self.size > self.limit:
            return f"asyncio.sleep({self.delay()}, {self.tag()})"
        number = self.functions
        self.functions += 1
        body = self.block(depth + 1, 0)
        r = self.r
        if r.random() < 0.4:
            body.append(f"return {self.tag()}")
        elif r.random() < 0.2:
            body.append(f"raise {r.choice(['ValueError', 'KeyError', 'OSError'])}({self.tag()})")
        self.lines.append(f"async def f{number}_{self.number}():")
        self.lines += self.indent(body) + [""]
        return f"f{number}_{self.number}()"

    def guarded(self, expression, result=True):
        """An await whose outcome is shown."""
        n = self.tag()
        return [f"show(name(), {n}, await {expression})"] if result else [f"await {expression}", f"show(name(), {n})"]

    def statement(self, depth, inner):
        r = self.r
        n = self.tag()
        choices = ["show", "sleep", "sleep", "spawn", "spawn", "cancel", "cancel", "await", "timeout", "wait_for", "gather", "wait",
                   "group", "shield", "try", "try", "finally", "call", "raise", "uncancel", "agen", "completed", "state", "later", "msg"]
        choices += r.sample(MORE, 6)
        for kind in self.kinds:
            choices += [kind] * 4
        if inner > 3 or depth > 4:
            choices = ["show", "sleep", "sleep", "cancel", "await", "state", *self.kinds]
        what = r.choice(choices)
        if what == "show":
            return [f"show(name(), {n})"]
        if what == "sleep":
            return self.guarded(f"asyncio.sleep({self.delay()})", False)
        if what == "spawn":
            named = f", name=f'N{n}.{{len(tasks)}}'" if r.random() < 0.2 else ""
            return [f"tasks.append(asyncio.create_task({self.coroutine(depth)}{named}))"]
        if what == "cancel":
            arg = r.choice(["", "", f"'m{n}'"])
            return [f"if tasks: show(name(), {n}, tasks[{r.randint(-3, 3)} % len(tasks)].cancel({arg}))"]
        if what == "await":
            index = r.randint(-3, 3)
            pick = "other"
            lines = [f"show(name(), {n}, await {pick})"]
            if r.random() < 0.7:
                lines = ["try:", *self.indent(lines), f"except (Exception{r.choice(['', ', asyncio.CancelledError'])}) as e:",
                         f"    show(name(), {n}, err(e))"]
            return [f"other = newer({index})", "if other is not None:", *self.indent(lines)]
        if what == "timeout":
            delay = r.choice(["None", "0", "-1", self.delay(0.1), self.delay(0.1), self.delay(0.1)])
            lines = [f"async with asyncio.timeout({delay}) as cm:", *self.indent(self.block(depth, inner + 1))]
            if r.random() < 0.15:
                lines.append(f"    cm.reschedule(asyncio.get_running_loop().time() + {self.delay()})")
                lines += self.indent(self.block(depth, inner + 1, 1))
            if r.random() < 0.8:
                lines = ["try:", *self.indent(lines), "except TimeoutError as e:",
                         f"    show(name(), {n}, err(e), cm.expired(), asyncio.current_task().cancelling())"]
            return lines
        if what == "wait_for":
            lines = self.guarded(f"asyncio.wait_for({self.awaitable(depth)}, {r.choice(['None', '0', self.delay(), self.delay()])})")
            return ["try:", *self.indent(lines), f"except {r.choice(['Exception', 'TimeoutError', 'BaseException'])} as e:",
                    f"    show(name(), {n}, err(e))"] if r.random() < 0.7 else lines
        if what == "gather":
            args = ", ".join(self.awaitable(depth) for _ in range(r.randint(1, 3)))
            rx = r.choice(["", ", return_exceptions=True"])
            lines = [f"show(name(), {n}, [err(x) if isinstance(x, BaseException) else x for x in await asyncio.gather({args}{rx})])"]
            return self.maybe_try(lines, n)
        if what == "wait":
            when = r.choice(["ALL_COMPLETED", "FIRST_COMPLETED", "FIRST_EXCEPTION"])
            timeout = r.choice(["", f", timeout={self.delay()}"])
            ts = ", ".join(f"asyncio.create_task({self.coroutine(depth)})" for _ in range(r.randint(1, 3)))
            return [f"ws = [{ts}]", "tasks.extend(ws)",
                    f"d, p = await asyncio.wait(ws{timeout}, return_when=asyncio.{when})", f"show(name(), {n}, len(d), len(p))"]
        if what == "group":
            lines = ["async with asyncio.TaskGroup() as g:"]
            for _ in range(r.randint(1, 3)):
                lines.append(f"    g.create_task({self.coroutine(depth)})")
                if r.random() < 0.3:
                    lines += self.indent(self.block(depth, inner + 1, 1))
            if r.random() < 0.8:
                lines = ["try:", *self.indent(lines), f"except {r.choice(['Exception', 'BaseException', 'ExceptionGroup'])} as e:",
                         f"    show(name(), {n}, err(e), asyncio.current_task().cancelling())"]
            return [*lines, f"show(name(), {n}, 'group left')"]
        if what == "shield":
            return self.maybe_try(self.guarded(f"asyncio.shield({self.awaitable(depth)})"), n)
        if what == "try":
            kind = r.choice(["Exception", "asyncio.CancelledError", "BaseException"])
            lines = ["try:", *self.indent(self.block(depth, inner + 1)), f"except {kind} as e:",
                     f"    show(name(), {n}, 'caught', err(e))"]
            if r.random() < 0.6:
                lines.append("    raise")
            return lines
        if what == "finally":
            return ["try:", *self.indent(self.block(depth, inner + 1)), "finally:",
                    *self.indent([f"show(name(), {n}, 'finally')"] + (self.block(depth, inner + 2, 1) if r.random() < 0.5 else []))]
        if what == "call":
            return self.guarded(self.coroutine(depth))
        if what == "raise":
            if r.random() < 0.6:
                return [f"show(name(), {n})"]
            return [f"raise {r.choice(['ValueError', 'KeyError', 'asyncio.CancelledError'])}({n})"]
        if what == "uncancel":
            return [f"show(name(), {n}, asyncio.current_task().cancelling(), asyncio.current_task().uncancel())"]
        if what == "agen":
            stop = f"    if x == {r.randint(0, 2)}: break"
            lines = [f"async for x in agen({r.randint(1, 3)}, {self.delay()}):", f"    show(name(), {n}, x)"]
            return lines + ([stop] if r.random() < 0.5 else [])
        if what == "completed":
            cs = ", ".join(self.coroutine(depth) for _ in range(r.randint(1, 3)))
            timeout = r.choice(["", f", timeout={self.delay()}"])
            if r.random() < 0.5:
                lines = [f"for c in asyncio.as_completed([{cs}]{timeout}):", f"    show(name(), {n}, await c)"]
            else:
                lines = [f"async for c in asyncio.as_completed([{cs}]{timeout}):", f"    show(name(), {n}, await c)"]
            return self.maybe_try(lines, n)
        if what == "state":
            parts = [f"{self.one(k)}.{a}" for k in self.kinds for a in {
                "L": ["locked()"], "E": ["is_set()"], "S": ["locked()", "_value"], "C": ["locked()"],
                "B": ["n_waiting", "broken"], "Q": ["qsize()", "full()", "empty()"], "F": ["done()", "cancelled()"]}[k]]
            return [f"show(name(), {n}, {', '.join(r.sample(parts, min(3, len(parts))))}, [t.done() for t in tasks][:6])"]
        if what == "later":
            return [f"asyncio.get_running_loop().call_{r.choice(['soon(', f'later({self.delay()}, '])}show, 'cb', {n})"]
        if what == "msg":
            # Without a message: CPython's gather looks at a message where nobody was cancelled.
            return ["asyncio.current_task().cancel()"] if r.random() < 0.3 else [f"show(name(), {n})"]
        if what in MORE:
            return self.more(what, n, depth, inner)
        return self.use(what, n, depth, inner)

    def more(self, what, n, depth, inner):
        r = self.r
        if what == "boom":
            how = r.choice(["call_soon(boom, ", f"call_later({self.delay()}, boom, "])
            return [f"asyncio.get_running_loop().{how}{n})"]
        if what == "callback":
            pick = f"tasks[{r.randint(-3, 3)} % len(tasks)]"
            what = r.choice([
                f"{pick}.add_done_callback(lambda t: show('done', {n}, t.cancelled()))",
                f"{pick}.add_done_callback(lambda t: boom({n}))",
                f"{pick}.add_done_callback(lambda t: [x.cancel() for x in tasks[:2]])",
                f"show({n}, {pick}.remove_done_callback(show))",
                f"{pick}.add_done_callback(lambda t: tasks.append(asyncio.ensure_future(turn_of({n}))))",
            ])
            return [f"if tasks: {what}"]
        if what == "handle":
            return r.choice([
                [f"handles.append(asyncio.get_running_loop().call_later({self.delay()}, show, 'handle', {n}))"],
                [f"handles.append(asyncio.get_running_loop().call_soon(show, 'handle', {n}))"],
                [f"if handles: handles[{r.randint(-3, 3)} % len(handles)].cancel(); show({n}, [h.cancelled() for h in handles])"],
                [f"asyncio.get_running_loop().call_at(asyncio.get_running_loop().time() + {self.delay()}, show, 'at', {n})"],
            ])
        if what == "var":
            return r.choice([
                [f"var.set({n})", "show(name(), 'var', var.get())"],
                [f"var.set({n})", f"asyncio.get_running_loop().call_soon(lambda: show({n}, var.get()))", f"var.set(-{n})"],
                ["show(name(), 'var', var.get())"],
                ["token = var.set(0)", *self.block(depth, inner + 1, 1), "var.reset(token)", "show(name(), var.get())"],
                [f"context = contextvars.copy_context()", f"context.run(var.set, {n})",
                 f"tasks.append(asyncio.create_task({self.coroutine(depth)}, context=context))", "show(var.get(), context[var])"],
            ])
        if what == "awaitable":
            lines = self.guarded(f"Aw({r.choice(['None', self.coroutine(depth), f'asyncio.sleep({self.delay()}, {n})'])}, {r.randint(0, 2)})")
            return self.maybe_try(lines, n)
        if what == "turn":
            return self.guarded(f"turn({r.randint(0, 3)})")
        if what == "manager":
            return [f"async with manager({n}, {r.random() < 0.5}):", *self.indent(self.block(depth, inner + 1))]
        if what == "stack":
            lines = ["async with contextlib.AsyncExitStack() as stack:",
                     f"    await stack.enter_async_context(manager({n}, {r.random() < 0.5}))",
                     f"    stack.push_async_callback(asyncio.sleep, {self.delay()})", f"    stack.callback(show, 'popped', {n})"]
            return lines + self.indent(self.block(depth, inner + 1))
        if what == "starred":
            lines = ["try:", "    async with asyncio.TaskGroup() as g:"]
            for _ in range(r.randint(1, 3)):
                lines.append(f"        g.create_task({self.coroutine(depth)})")
            if r.random() < 0.5:
                lines += self.indent(self.indent(self.block(depth, inner + 1, 1)))
            for kind in r.sample(["ValueError", "KeyError", "OSError", "(KeyError, TimeoutError)"], 2):
                lines += [f"except* {kind} as e:", f"    show(name(), {n}, 'star', err(e))"]
            return lines
        if what == "nested":
            return ["try:", "    async with asyncio.TaskGroup() as g:", f"        groups.append(g)",
                    f"        g.create_task({self.coroutine(depth)})", *self.indent(self.indent(self.block(depth, inner + 2, 2))),
                    "except Exception as e:", f"    show(name(), {n}, err(e), asyncio.current_task().cancelling())"]
        if what == "join":
            return ["if groups:", "    c = turn_of(%d)" % n, "    try:",
                    f"        tasks.append(groups[{r.randint(-2, 2)} % len(groups)].create_task(c))",
                    "    except RuntimeError as e:", f"        show(name(), {n}, str(e).split('>')[-1])"]
        if what == "deadline":
            return r.choice([
                ["try:", f"    async with asyncio.timeout({self.delay(0.1)}) as cm:", "        cms.append(cm)",
                 *self.indent(self.indent(self.block(depth, inner + 1))), "except TimeoutError as e:", f"    show(name(), {n}, err(e))",
                 f"show({n}, cm)" if r.random() < 0.2 else f"show({n}, cm.expired())"],
                ["if cms:", "    try:",
                 f"        cms[{r.randint(-2, 2)} % len(cms)].reschedule(asyncio.get_running_loop().time() + {self.delay()})",
                 "    except RuntimeError as e:", f"        show({n}, err(e))"],
                ["if cms: show([(c.expired(), c.when() is None) for c in cms])"],
            ])
        if what == "future":
            args = ", ".join(self.awaitable(depth) for _ in range(r.randint(1, 3)))
            return r.choice([
                [f"futs.append(asyncio.gather({args}{r.choice(['', ', return_exceptions=True'])}))"],
                [f"futs.append(asyncio.shield({self.awaitable(depth)}))"],
                [f"if futs: show({n}, futs[{r.randint(-3, 3)} % len(futs)].cancel())"],
                [f"if futs: show({n}, [f.done() for f in futs])"],
                ["if futs:", *self.indent(self.maybe_try([f"show(name(), {n}, await futs[{r.randint(-3, 3)} % len(futs)])"], n))],
            ])
        if what == "asend":
            lines = [f"it = echo({r.randint(1, 4)})", f"show(name(), {n}, await it.asend(None))"]
            for _ in range(r.randint(1, 3)):
                lines.append(r.choice([f"show(name(), await it.asend({n}))", f"show(name(), await it.athrow(KeyError({n})))",
                                       "await it.aclose()", f"await asyncio.sleep({self.delay()})", "show(await anext(it, 'end'))",
                                       f"show(name(), await it.athrow(ValueError({n})))"]))
            return ["try:", f"    async with contextlib.aclosing(echo({r.randint(1, 4)})) as it:", *self.indent(self.indent(lines[1:])),
                    "except (Exception, StopAsyncIteration) as e:", f"    show(name(), {n}, err(e))"]
        if what == "shared":
            # An async generator that several tasks use, at once or one after the other.
            pick = f"agens[{r.randint(-2, 2)} % len(agens)]"
            do = r.choice([
                f"show(name(), {n}, await anext({pick}, 'end'))", f"show(name(), {n}, await anext({pick}))",
                f"show(name(), {n}, await {pick}.asend({n}))", f"show(name(), {n}, await {pick}.athrow(ValueError({n})))",
                f"show(name(), {n}, await {pick}.aclose())",
                f"show(name(), {n}, await asyncio.wait_for(anext({pick}), {self.delay()}))",
                f"show(name(), {n}, await asyncio.wait_for({pick}.aclose(), {self.delay()}))",
                f"show(name(), {n}, {pick}.ag_running)",
            ])
            return r.choice([
                [f"agens.append({r.choice(['counter', 'agen'])}({r.randint(1, 4)}, {self.delay()}))"],
                ["if agens:", "    try:", f"        {do}", "    except (Exception, asyncio.CancelledError) as e:",
                 f"        show(name(), {n}, err(e))"],
                ["if agens:", "    try:", f"        {do}", "    except (Exception, StopAsyncIteration) as e:", f"        show(name(), {n}, err(e))"],
                ["if agens:", "    try:", f"        async for x in {pick}:", f"            show(name(), {n}, x)",
                 f"            if x == {r.randint(0, 2)}: break", "    except Exception as e:", f"        show(name(), {n}, err(e))"],
            ])
        if what == "cancelled":
            # An async generator whose user is cancelled.
            return [f"async def user{n}():", f"    it = counter({r.randint(2, 5)}, {self.delay(0.1)})", "    try:", "        async for x in it:",
                    f"            show(name(), {n}, x)", f"            {r.choice(['pass', 'await asyncio.sleep(0)', f'await asyncio.sleep({self.delay()})'])}",
                    "    finally:", f"        {r.choice(['await it.aclose()', 'await asyncio.shield(it.aclose())'])}",
                    f"t = asyncio.create_task(user{n}())", f"tasks.append(t)", f"await asyncio.sleep({self.delay()})",
                    f"show(name(), {n}, t.cancel())", *self.maybe_try([f"await t"], n)]
        if what == "eagerly":
            return ["asyncio.get_running_loop().set_task_factory(eager)", "try:",
                    *self.indent(self.block(depth, inner + 1)), "finally:",
                    "    asyncio.get_running_loop().set_task_factory(None)"]
        if what == "thread":
            call = f"blocking, {n}, {n % 211 + 1} / 10007, {r.random() < 0.2}"
            call = r.choice([f"asyncio.to_thread({call})", f"asyncio.get_running_loop().run_in_executor(None, {call})"])
            lines = r.choice([self.guarded(call), self.guarded(f"asyncio.wait_for({call}, {self.delay()})"),
                              self.guarded(f"asyncio.shield({call})"),
                              [f"tasks.append(asyncio.ensure_future({call}))"]])
            return self.maybe_try(lines, n)
        if what == "workers":
            kind = r.choice(["Queue()", "Queue(1)", "LifoQueue()", "PriorityQueue(2)"])
            lines = [f"q = asyncio.{kind}", "async with asyncio.TaskGroup() as g:"]
            lines += [f"    g.create_task(consume(q, {n}))"] * r.randint(1, 2)
            lines += [f"    g.create_task(produce(q, {r.randint(1, 4)}, {self.delay()}))"]
            if r.random() < 0.3:
                lines += ["    await q.join()", f"    show(name(), {n}, q.qsize())"]
            if r.random() < 0.2:
                lines += [f"    await asyncio.sleep({self.delay()})", "    q.shutdown(immediate=True)"]
            return self.maybe_try(lines, n)
        if what == "together":
            inner_args = ", ".join(self.awaitable(depth) for _ in range(2))
            return self.maybe_try(self.guarded(f"asyncio.gather(asyncio.gather({inner_args}), {self.awaitable(depth)}, return_exceptions={r.random() < 0.5})"), n)
        if what == "guard":
            return ["try:", f"    async with asyncio.timeout({self.delay(0.1)}):", "        async with asyncio.TaskGroup() as g:",
                    f"            g.create_task({self.coroutine(depth)})", f"            g.create_task({self.coroutine(depth)})",
                    *self.indent(self.indent(self.indent(self.block(depth, inner + 2, 1)))),
                    "except (TimeoutError, ExceptionGroup) as e:", f"    show(name(), {n}, err(e), asyncio.current_task().cancelling())"]
        if what == "inside":
            return ["try:", "    async with asyncio.TaskGroup() as g:", f"        async with asyncio.timeout({self.delay(0.1)}):",
                    f"            g.create_task({self.coroutine(depth)})", *self.indent(self.indent(self.indent(self.block(depth, inner + 2, 1)))),
                    "except (TimeoutError, BaseExceptionGroup) as e:", f"    show(name(), {n}, err(e))"]
        if what == "first":
            ts = ", ".join(f"asyncio.create_task({self.coroutine(depth)})" for _ in range(r.randint(2, 3)))
            return [f"left = {{{ts}}}" if False else f"left = [{ts}]", "while left:",
                    f"    d, p = await asyncio.wait(left, return_when=asyncio.{r.choice(['FIRST_COMPLETED', 'FIRST_EXCEPTION'])})",
                    f"    show(name(), {n}, len(d), len(p))", "    left = [t for t in left if t in p]",
                    *([f"    for t in left: t.cancel()"] if r.random() < 0.5 else [])]
        if what == "nest":
            return ["try:", f"    async with asyncio.timeout({self.delay(0.1)}) as outer_cm:", f"        async with asyncio.timeout({self.delay(0.1)}) as inner_cm:",
                    *self.indent(self.indent(self.indent(self.block(depth, inner + 2)))),
                    "except TimeoutError as e:", f"    show(name(), {n}, err(e), outer_cm.expired(), inner_cm.expired(), asyncio.current_task().cancelling())"]
        if what == "stop":
            return r.choice([
                [f"async def stops{n}():", f"    await asyncio.sleep({self.delay()})", f"    raise Stop({n})",
                 "try:", f"    {r.choice(['await', 'await asyncio.gather'])}(asyncio.create_task(stops{n}()))", "except BaseException as e:",
                 f"    show(name(), {n}, err(e))"],
                [f"async def stops{n}():", f"    await asyncio.sleep({self.delay()})", f"    raise Stop({n})",
                 "try:", "    async with asyncio.TaskGroup() as g:", f"        g.create_task(stops{n}())", f"        g.create_task({self.coroutine(depth)})",
                 "except BaseException as e:", f"    show(name(), {n}, err(e))"],
            ])
        if what == "closing":
            return [f"async with contextlib.aclosing(agen({r.randint(1, 3)}, {self.delay()})) as it:", "    async for x in it:",
                    f"        show(name(), {n}, x)", f"        if x == {r.randint(0, 2)}: {r.choice(['break', 'break', 'raise ValueError(x)', 'continue'])}"]
        if what == "comprehension":
            return r.choice([
                [f"show(name(), [x async for x in agen({r.randint(1, 3)}, {self.delay()}) if x != 1])"],
                [f"show(name(), [await asyncio.sleep({self.delay()}, i) for i in range({r.randint(1, 3)})])"],
                [f"show(name(), {{k: v async for k, v in pairs({r.randint(1, 3)})}})"],
            ])
        if what == "loop":
            return [f"for i in range({r.randint(2, 3)}):", "    try:", *self.indent(self.indent(self.block(depth, inner + 2, 2))),
                    f"        if i == 1: {r.choice(['break', 'continue', 'pass'])}",
                    f"    {r.choice(['finally', 'except Exception as e', 'except ValueError as e'])}:", f"        show(name(), {n}, i)"]
        if what == "eager":
            return self.maybe_try([f"tasks.append(asyncio.Task({self.coroutine(depth)}, loop=asyncio.get_running_loop(), eager_start=True))",
                                   f"show(name(), {n}, tasks[-1].done())"], n)
        if what == "within":
            if "C" in self.kinds:
                x = self.one("C")
                return [f"async with {x}:", *self.indent(["try:", f"    show(name(), {n}, await asyncio.wait_for({x}.wait(), {self.delay()}))",
                        "except TimeoutError as e:", f"    show(name(), {n}, err(e), {x}.locked())"])]
            if "E" in self.kinds:
                return self.maybe_try(self.guarded(f"asyncio.wait_for({self.one('E')}.wait(), {self.delay()})"), n)
            if "L" in self.kinds:
                x = self.one("L")
                return self.maybe_try([f"show(name(), {n}, await asyncio.wait_for({x}.acquire(), {self.delay()}))", f"{x}.release()"], n)
            return [f"show(name(), {n})"]
        if what == "text":
            return r.choice([[f"if tasks: show({n}, text(tasks[{r.randint(-3, 3)} % len(tasks)]))"],
                             [f"if futs: show({n}, text(futs[{r.randint(-3, 3)} % len(futs)]))"]])
        if what == "many":
            return [f"show({n}, len(asyncio.all_tasks()), [t.cancelling() for t in tasks][:8])"]
        if what == "close":
            return [f"c = {self.coroutine(depth)}", "c.close()",
                    "try:", "    await c", "except RuntimeError as e:", f"    show(name(), {n}, err(e))"]
        if what == "errors":
            pick = f"tasks[{r.randint(-3, 3)} % len(tasks)]"
            return ["if tasks:", "    try:", f"        show({n}, {pick}.{r.choice(['result', 'exception'])}())",
                    "    except BaseException as e:", f"        show({n}, err(e))"]
        if what == "factory":
            return [f"asyncio.get_running_loop().set_task_factory({r.choice(['own', 'own_eagerly', 'eager'])})", "try:",
                    *self.indent(self.block(depth, inner + 1)), "finally:",
                    "    asyncio.get_running_loop().set_task_factory(None)"]
        if what == "derived":
            return [f"fut = Fut(loop=asyncio.get_running_loop())",
                    r.choice([f"asyncio.get_running_loop().call_later({self.delay()}, lambda f: f.done() or f.set_result({n}), fut)",
                              f"asyncio.get_running_loop().call_later({self.delay()}, lambda f: f.done() or f.set_exception(ValueError({n})), fut)",
                              f"asyncio.get_running_loop().call_later({self.delay()}, fut.cancel)"]),
                    *self.maybe_try(self.guarded(r.choice(["fut", "asyncio.shield(fut)", f"asyncio.wait_for(fut, {self.delay()})",
                                                           f"asyncio.gather(fut, {self.awaitable(depth)})"])), n)]
        if what == "hand":
            steps = ", ".join(r.choice(["None", f"ValueError({n})", f"KeyError({n})", "'close'", "1"]) for _ in range(r.randint(1, 4)))
            return [f"kept.append({r.choice([f'by_hand({n})', f'by_hand({n}).__await__()', f'turn({r.randint(0, 2)})'])})", f"drive(kept[-1], {steps})"]
        if what == "steps":
            lines = [f"it = echo({r.randint(1, 3)})", "kept.append(it)"]
            for _ in range(r.randint(1, 4)):
                step = r.choice(["it.asend(None)", f"it.asend({n})", "it.__anext__()", f"it.athrow(KeyError({n}))", f"it.athrow(ValueError({n}))",
                                 "it.aclose()", "anext(it, 'end')"])
                lines.append(f"drive({step}, {', '.join(r.choice(['None', 'None', '1', f'ValueError({n})', chr(39) + 'close' + chr(39)]) for _ in range(r.randint(1, 2)))})")
            return lines
        if what == "after":
            pick = f"tasks[{r.randint(-3, 3)} % len(tasks)]"
            return [f"if tasks: {pick}.add_done_callback(lambda t: after({n}, t, {r.random() < 0.5})); {pick}.add_done_callback(seen)"
                    if r.random() < 0.3 else f"if tasks: {pick}.add_done_callback(lambda t: after({n}, t, {r.random() < 0.5}))"]
        if what == "stars":
            kinds = [f"{r.choice(['ValueError', 'KeyError', 'OSError', 'asyncio.CancelledError', 'Stop'])}({n + i})" for i in range(r.randint(1, 3))]
            inner_group = f"BaseExceptionGroup('in', [{', '.join(kinds)}])"
            lines = ["try:", *self.indent(["try:", f"    {self.guarded(f'asyncio.sleep({self.delay()})', False)[0]}",
                     f"    raise BaseExceptionGroup('out', [{inner_group}, {r.choice(['ValueError', 'KeyError'])}({n})])"])]
            for kind in r.sample(["ValueError", "KeyError", "OSError", "asyncio.CancelledError", "(KeyError, Stop)"], 2):
                lines += [f"    except* {kind} as e:", f"        show(name(), {n}, err(e))",
                          f"        {r.choice(['pass', 'raise', f'raise OSError({n})', f'raise OSError({n}) from e', 'await asyncio.sleep(0)'])}"]
            return [*lines, "except BaseException as e:", f"    show(name(), {n}, err(e))"]
        if what == "wrapped":
            call = f"asyncio.wrap_future(asyncio.run_coroutine_threadsafe({self.coroutine(depth)}, asyncio.get_running_loop()))"
            return self.maybe_try(r.choice([self.guarded(call), self.guarded(f"asyncio.wait_for({call}, {self.delay()})"), [f"tasks.append({call})"]])
                                  if r.random() < 0.8 else self.guarded(call), n)
        if what == "mistake":
            wrong = []
            if "L" in self.kinds: wrong += [f"{self.one('L')}.release()"]
            if "C" in self.kinds: wrong += [f"{self.one('C')}.notify()", f"{self.one('C')}.notify_all()", f"await {self.one('C')}.wait()"]
            if "Q" in self.kinds: wrong += [f"{self.one('Q')}.task_done()", f"await asyncio.wait([{self.one('Q')}.get()])"]
            if "F" in self.kinds: wrong += [f"{self.one('F')}.set_result({n})", f"{self.one('F')}.result()", f"{self.one('F')}.exception()",
                                            f"{self.one('F')}.set_exception(StopIteration({n}))"]
            wrong += ["asyncio.current_task().set_result(1)", "asyncio.current_task().set_exception(ValueError())", "await asyncio.current_task()",
                      "await asyncio.wait([])", "await asyncio.gather(1)", "await asyncio.shield(None)", "asyncio.create_task(1)", "await 1",
                      "asyncio.get_running_loop().run_until_complete(None)", "asyncio.timeout(1).reschedule(2)", "asyncio.Semaphore(-1)",
                      "asyncio.Barrier(0)", "await asyncio.wait_for(1, 1)", "asyncio.current_task().result()",
                      "next(asyncio.as_completed([]))", "await asyncio.wait([turn(1)], return_when='x')", "await asyncio.sleep('a')"]
            return ["try:", f"    {r.choice(wrong)}", "except (Exception, StopIteration) as e:",
                    f"    show(name(), {n}, re.sub('<.*>', '<>', err(e)))"]
        if what == "bad":
            # Awaits that yield what no task can wait for.
            wrong = r.choice(["yield 1", "yield asyncio.sleep", "yield asyncio.get_running_loop().create_future()", "yield from [None, None]",
                              "yield asyncio.current_task()"])
            return ["@types.coroutine", f"def bad{n}():", "    try:", f"        show({n}, ({wrong}))", "    except RuntimeError as e:",
                    f"        show({n}, re.sub('<.*>', '<>', str(e)))", *self.maybe_try([f"await bad{n}()"], n)]
        if what == "entered":
            for kind, other in (("B", "wait"), ("S", "acquire"), ("L", "acquire")):
                if kind in self.kinds:
                    x = self.one(kind)
                    if kind == "B":
                        return self.maybe_try([f"async with {x} as place:", f"    show(name(), {n}, place, {x}.n_waiting)"], n)
                    return [f"t = asyncio.create_task({x}.{other}())", "tasks.append(t)", *self.block(depth, inner + 1, 1), f"show({n}, t.done(), t.cancel())",
                            f"if t.done() and not t.cancelled(): {x}.release()"]
            return [f"show(name(), {n})"]
        if what == "later_boom":
            return [f"asyncio.get_running_loop().call_later({self.delay()}, boom, {n})"]
        if what == "exit":
            return [f"async def leaves{n}():", f"    await asyncio.sleep({self.delay()})", f"    raise {r.choice(['SystemExit', 'KeyboardInterrupt'])}({n})",
                    *self.maybe_try([f"{r.choice(['tasks.append(', 'await ('])}asyncio.create_task(leaves{n}()))"], n)] if r.random() < 0.15 else [f"show({n})"]
        if what == "inner_loop":
            return ["try:", "    c = turn_of(1)", f"    {r.choice(['asyncio.Runner().run(c)', 'asyncio.new_event_loop().run_until_complete(c)'])}",
                    "except RuntimeError as e:", f"    show({n}, err(e))", "finally:", "    c.close()"]
        if what == "rescheduled":
            return self.maybe_try([f"async with asyncio.timeout_at(asyncio.get_running_loop().time() + {self.delay(0.1)}) as cm:", "    cms.append(cm)",
                    *self.indent(self.block(depth, inner + 1, 1)), f"    cm.reschedule({r.choice(['None', 'asyncio.get_running_loop().time()', f'asyncio.get_running_loop().time() + {self.delay()}'])})",
                    *self.indent(self.block(depth, inner + 1, 2)), f"show({n}, cm.expired())"], n)
        if what == "aw_task":
            made = f"Aw({r.choice(['None', self.coroutine(depth)])}, {r.randint(0, 2)})"
            return r.choice([[f"tasks.append(asyncio.ensure_future({made}))"], self.maybe_try(self.guarded(f"asyncio.gather({made}, {self.awaitable(depth)})"), n),
                             self.maybe_try(self.guarded(f"asyncio.wait_for({made}, {self.delay()})"), n)])
        if what == "outside":
            # A group inside a group, cancelled from outside, maybe while it ends.
            return [f"async def outer{n}():", "    try:", "        async with asyncio.TaskGroup() as g1:", "            async with asyncio.TaskGroup() as g2:",
                    f"                g2.create_task({self.coroutine(depth)})", f"            g1.create_task({self.coroutine(depth)})",
                    f"            {r.choice(['pass', f'raise ValueError({n})', f'await asyncio.sleep({self.delay()})'])}",
                    "    except BaseException as e:", f"        show(name(), {n}, err(e), asyncio.current_task().cancelling())",
                    f"        {r.choice(['raise', 'pass', 'asyncio.current_task().uncancel()'])}",
                    f"t = asyncio.create_task(outer{n}())", f"await asyncio.sleep({self.delay()})", f"show(name(), {n}, t.cancel({r.choice(['', repr(n)])}))",
                    *([f"await asyncio.sleep({self.delay()})", f"show(name(), {n}, t.cancel())"] if r.random() < 0.4 else []),
                    *self.maybe_try(["await t"], n)]
        if what == "each":
            ts = ", ".join(self.awaitable(depth) for _ in range(r.randint(1, 3)))
            return self.maybe_try([f"async for t in asyncio.as_completed([{ts}], timeout={self.delay(0.1)}):", "    try:", f"        show(name(), {n}, await t)",
                                   "    except ValueError as e:", f"        show(name(), {n}, err(e))", *(["    break"] if r.random() < 0.2 else [])], n)
        return ["try:", *self.indent(self.block(depth, inner + 1)), "finally:",
                r.choice([f"    raise OSError({n})", "    if tasks: tasks[0].cancel()", f"    await asyncio.sleep({self.delay()})",
                          "    asyncio.current_task().uncancel()"])]

    def maybe_try(self, lines, n):
        r = self.r
        if r.random() < 0.6:
            return ["try:", *self.indent(lines), f"except {r.choice(['Exception', 'BaseException', 'asyncio.CancelledError'])} as e:",
                    f"    show(name(), {n}, err(e))"]
        return lines

    def awaitable(self, depth):
        r = self.r
        roll = r.random()
        if roll < 0.3:
            return f"asyncio.create_task({self.coroutine(depth)})"
        if roll < 0.4:
            return f"keep({self.coroutine(depth)})"
        if roll < 0.5 and "F" in self.kinds:
            return self.one("F")
        if roll < 0.6 and "E" in self.kinds:
            return f"{self.one('E')}.wait()"
        if roll < 0.7 and "Q" in self.kinds:
            return f"{self.one('Q')}.get()"
        if roll < 0.75 and depth < 4:
            return r.choice([f"asyncio.shield({self.awaitable(depth + 1)})", f"asyncio.wait_for({self.awaitable(depth + 1)}, {self.delay()})",
                             f"asyncio.gather({self.awaitable(depth + 1)}, {self.awaitable(depth + 1)})"])
        return self.coroutine(depth)

    def use(self, kind, n, depth, inner):
        r = self.r
        x = self.one(kind)
        if kind == "L":
            if r.random() < 0.75:
                return [f"async with {x}:", *self.indent([f"show(name(), {n}, 'in {x}')"] + self.block(depth, inner + 1))]
            return [f"await {x}.acquire()", "try:", *self.indent(self.block(depth, inner + 1)), "finally:", f"    {x}.release()"]
        if kind == "E":
            return r.choice([[f"{x}.set()"], [f"{x}.clear()"], self.guarded(f"{x}.wait()"), self.guarded(f"{x}.wait()")])
        if kind == "S":
            if r.random() < 0.7:
                return [f"async with {x}:", *self.indent([f"show(name(), {n}, 'in {x}')"] + self.block(depth, inner + 1))]
            return ["try:", f"    {x}.release()", "except ValueError as e:", f"    show({n}, err(e))"]
        if kind == "C":
            body = r.choice([
                [f"show(name(), {n}, await {x}.wait())"],
                [f"show(name(), {n}, await {x}.wait())"],
                [f"{x}.notify()"], [f"{x}.notify(2)"], [f"{x}.notify_all()"],
                ["count[0] += 1", f"{x}.notify_all()"],
                [f"show(name(), {n}, await {x}.wait_for(lambda: count[0] > {r.randint(0, 2)}))"],
            ])
            if r.random() < 0.3:
                body = body + self.block(depth, inner + 1, 1)
            return [f"async with {x}:", *self.indent(body)]
        if kind == "B":
            lines = r.choice([self.guarded(f"{x}.wait()"), self.guarded(f"{x}.wait()"), self.guarded(f"{x}.wait()"),
                              self.guarded(f"{x}.reset()"), self.guarded(f"{x}.abort()")])
            return self.maybe_try(lines, n)
        if kind == "Q":
            roll = r.random()
            if roll < 0.3:
                return self.guarded(f"{x}.get()")
            if roll < 0.6:
                return self.guarded(f"{x}.put({r.randint(0, 9)})")
            if roll < 0.7:
                return ["try:", f"    show(name(), {n}, {x}.get_nowait())", "except Exception as e:", f"    show({n}, err(e))"]
            if roll < 0.82:
                return ["try:", f"    {x}.put_nowait({r.randint(0, 9)})", "except Exception as e:", f"    show({n}, err(e))"]
            if roll < 0.9:
                return ["try:", f"    {x}.task_done()", "except ValueError as e:", f"    show({n}, err(e))"]
            if roll < 0.96:
                return self.guarded(f"{x}.join()")
            return [f"{x}.shutdown({r.choice(['', 'True'])})"]
        roll = r.random()
        if roll < 0.4:
            return self.maybe_try(self.guarded(x), n)
        if roll < 0.6:
            return [f"if not {x}.done(): {x}.set_result({n})"]
        if roll < 0.7:
            return [f"if not {x}.done(): {x}.set_exception(ValueError({n}))"]
        if roll < 0.8:
            return [f"show(name(), {n}, {x}.cancel())"]
        if roll < 0.9:
            return [f"{x}.add_done_callback(lambda f: show('done', {n}, f.cancelled()))"]
        return self.maybe_try(self.guarded(f"asyncio.shield({x})"), n)

    def program(self):
        body = self.block(0, 0, self.r.randint(4, 9))
        names = [name for each in self.globals.values() for name, _ in each]
        head = [f"async def main_{self.number}():", f"    global tasks, count, keep, handles, groups, cms, futs, agens, {', '.join(names)}",
                "    tasks, handles, groups, cms, futs, agens = [], [], [], [], [], []", "    count = [0]", "    var.set(0)",
                "    def keep(c):", "        tasks.append(asyncio.ensure_future(c))", "        return tasks[-1]"]
        head += [f"    {name} = {made}" for each in self.globals.values() for name, made in each]
        return "\n".join(self.lines + head + self.indent(body)) + "\n" + RUN % (
            self.r.random() < 0.4, self.r.choice(["asyncio.run"] * 9 + ["run_twice"]), self.number, self.number)


def make(seed, number):
    return Maker(seed * 1_000_003 + number, number).program()


TIES = '''
def lt(self, other):
    return (self._when, self._seq) < (other._when, other._seq)

class Ordered(asyncio.TimerHandle):
    __slots__ = ("_seq",)
    def __init__(self, *a, **k):
        super().__init__(*a, **k)
        self._seq = next(seq)
    __lt__ = lt

import asyncio.events, asyncio.base_events, collections, contextvars, functools, os, time, types, weakref
time.sleep = lambda seconds: None

# Threads that only sleep, and then end at a time when nothing else happens.
def run_in_executor(self, executor, func, *args):
    self._check_closed()
    given = (func.args if isinstance(func, functools.partial) else ()) + args
    future = self.create_future()
    job = types.SimpleNamespace(call=functools.partial(func, *args), takes=given[-2], future=future, begun=False)
    self.jobs.append(job)
    future.add_done_callback(lambda future: self.jobs.remove(job) if future.cancelled() and not job.begun else None)
    begin_jobs(self)
    return future

# Tasks in the order they were made: the sets of 3.13 have another in each run.
made = weakref.WeakKeyDictionary()
real_create_task = asyncio.SelectorEventLoop.create_task
def create_task(self, coro, **kwargs):
    task = real_create_task(self, coro, **kwargs)
    made.setdefault(task, next(seq))
    return task
VLoop.create_task = create_task
real_all_tasks = asyncio.tasks.all_tasks
def all_tasks(loop=None):
    return OSet(sorted(real_all_tasks(loop), key=lambda task: made.get(task, 1 << 60)))
asyncio.all_tasks = asyncio.tasks.all_tasks = all_tasks

def begin_jobs(loop):
    while loop.jobs and loop.busy < WORKERS:
        job = loop.jobs.popleft()
        job.begun = True
        loop.busy += 1
        loop.call_later(job.takes, end_job, loop, job)

def end_job(loop, job):
    error = result = None
    try:
        result = contextvars.Context().run(job.call)
    except BaseException as e:
        error = e
    loop.busy -= 1
    begin_jobs(loop)
    loop.call_soon(copy_result, job.future, result, error)
    if not loop.busy and loop.idle is not None:
        loop.call_soon(loop.idle.set_result, None)

def copy_result(future, result, error):
    if future.cancelled():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)

async def shutdown_default_executor(self, timeout=None):
    if self.busy:
        self.idle = self.create_future()
        await self.idle


WORKERS = min(32, (os.process_cpu_count() or 1) + 4)
VLoop.run_in_executor = run_in_executor
VLoop.shutdown_default_executor = shutdown_default_executor
asyncio.events.TimerHandle = Ordered

# What is awaited in the order it was given, where a comprehension makes a set.
def complete(self, aws, timeout):
    loop = asyncio.get_event_loop()
    self._done, self._timeout_handle = asyncio.Queue(), None
    self._todo = OSet(asyncio.ensure_future(aw, loop=loop) for aw in OSet(aws))
    self._todo_left = len(self._todo)
    for each in self._todo:
        each.add_done_callback(self._handle_completion)
    if self._todo and timeout is not None:
        self._timeout_handle = loop.call_later(timeout, self._handle_timeout)
asyncio.tasks._AsCompletedIterator.__init__ = complete
asyncio.run = lambda main: run_on(main)
asyncio.Runner = functools.partial(asyncio.Runner, loop_factory=VLoop)
def run_on(main):
    asyncio.tasks._task_name_counter = None
    with asyncio.Runner() as r:
        return r.run(main)
'''


def run_python(python, path, timeout):
    code = (HARNESS.split("class TH")[0].replace("        h.seq = next(seq)\n", "") + TIES
            + f"exec(compile(open({path!r}).read(), {path!r}, 'exec'), {{'__name__': '__main__'}})\n")
    return run([python, "-c", code], timeout)


def run(command, timeout):
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout)
        return done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
    except subprocess.TimeoutExpired as e:
        return (e.stdout or b"").decode(errors="replace"), "timeout"


def parts(output, numbers):
    """The output of each program of a batch."""
    found = {}
    rest = output
    for number in numbers:
        mark = f"== end of {number}\n"
        text, sep, rest2 = rest.partition(mark)
        found[number] = text if sep else None
        rest = rest2 if sep else rest
    return found


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--acoro", default="target/debug/acoro")
    p.add_argument("--python", default=sys.executable)
    p.add_argument("--programs", type=int, default=1000)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--batch", type=int, default=100)
    p.add_argument("--keep")
    p.add_argument("--record", type=int, default=0)
    p.add_argument("--into", default="tests/lang/asyncio_random")
    p.add_argument("--max", type=int, default=10, help="stop after so many differences")
    a = p.parse_args()
    if a.record:
        return record(a)
    different = 0
    with tempfile.TemporaryDirectory() as folder:
        for first in range(0, a.programs, a.batch):
            numbers = list(range(first, min(first + a.batch, a.programs)))
            path = os.path.join(folder, "batch.acoro")
            with open(path, "w") as f:
                f.write(PRELUDE + "".join(make(a.seed, n) for n in numbers))
            expected, e1 = run_python(a.python, path, 120)
            actual, e2 = run([a.acoro, "run", "--virtual-time", path], 60)
            want, got = parts(expected, numbers), parts(actual, numbers)
            for n in numbers:
                # One that does not end takes those behind it along, and what one leaves behind may show in the next.
                if want[n] is None or got[n] is None or want[n] != got[n]:
                    with open(path, "w") as f:
                        f.write(PRELUDE + make(a.seed, n))
                    want[n] = parts(run_python(a.python, path, 20)[0], [n])[n]
                    got[n] = parts(run([a.acoro, "run", "--virtual-time", path], 10)[0], [n])[n]
            for n in numbers:
                if want[n] is None:
                    print(f"{n}: CPython did not finish: {e1[-300:]}")
                    continue
                if want[n] != got[n]:
                    different += 1
                    one = os.path.join(a.keep or folder, f"d{a.seed}_{n}.acoro")
                    with open(one, "w") as f:
                        f.write(PRELUDE + make(a.seed, n))
                    w, g = want[n].splitlines(), (got[n] or f"<nothing> {e2[-300:]}").splitlines()
                    at = next((i for i in range(min(len(w), len(g))) if w[i] != g[i]), min(len(w), len(g)))
                    print(f"{n}: line {at + 1}: CPython {w[at:at + 2]!r}, acoro {g[at:at + 2]!r}")
            if different >= a.max:
                break
            if first // a.batch % 20 == 19:
                print(f"{first + a.batch} programs, {different} differences", flush=True)
    print(f"{different} differences in {a.programs} programs of seed {a.seed}")
    return 1 if different else 0


def record(a):
    """Writes files of four programs each, such that print the same on a virtual and, three times, on a real clock."""
    os.makedirs(a.into, exist_ok=True)

    def good(number):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "program.acoro")
            text = make(a.seed, number)
            if not 400 < len(text) < 5000 or text.count("sleep(") < 2:
                return None
            with open(path, "w") as f:
                f.write(PRELUDE + text)
            ours = run([a.acoro, "run", "--virtual-time", path], 10)[0]
            if not 8 < ours.count("\n") < 80:
                return None
            outs = {run_python(a.python, path, 10)[0]}
            for _ in range(3):
                if outs != {ours}:
                    return None
                outs.add(run([a.python, path], 2)[0])
            return (text, ours) if outs == {ours} else None

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        found = [each for each in pool.map(good, range(a.programs)) if each][:a.record]
    for at in range(0, len(found), 4):
        path = os.path.join(a.into, f"seed_{a.seed}_{at // 4:02}")
        with open(path + ".acoro", "w") as f:
            f.write(PRELUDE + "\n".join(text for text, _ in found[at:at + 4]))
        with open(path + ".out", "w") as f:
            f.write("".join(ours for _, ours in found[at:at + 4]))
    print(len(found), "recorded")


if __name__ == "__main__":
    sys.exit(main())
