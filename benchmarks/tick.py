"""CPU and memory of the daemon's tick, of the commands beside it, and of its start.

    python benchmarks/tick.py [--articles 10000,100000] [--parts tick,memory,commands,start]
                              [--ticks 21] [--batch 20000] [--folder FOLDER]

The made articles of merging.py come from 500 sources. An article is a headline of ten words (some
60 characters) without an excerpt; five words are its story's; they are of no known language. Half
of the stories have one article, some have hundreds (a Pareto distribution), by 500 publishers. They
fill three days per 100,000, and the last one is new now. Thirty topics have eight keywords each:
the most common words, so that a topic has some percent of the stories.

For each number a store in a temporary folder is filled by the daemon's own `Tick`, in batches. What
is measured then runs in processes of its own:

tick      CPU time of a tick with one new article, with 20, with nothing new but a ranking that is
          ten minutes old, and with nothing to do: medians. A tick is called as the daemon calls it,
          with a reader that hands over prepared readings: it saves, publishes and prepares pages.
memory    Resident memory of such a process after the first tick, and after some with one article.
commands  CPU (user and system) and wall time of whole commands, on a store of their own that
          `aggregator build` fills from 500 files of JSON lines.
start     Wall time from the start of `aggregator run` to the first feed over HTTP and to the end of
          the first tick, and its memory then.

The temporary folder is on a RAM disk if there is one: nothing waits for a disk to sync.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

import httpx
from merging import articles

from aggregator.config import load_settings
from aggregator.lexicon import load_lexicon
from aggregator.model import Article, CleanText, Reading, Source, SourceState
from aggregator.model.times import rfc3339
from aggregator.read.all_sources import Documents
from aggregator.read.background import BackgroundReader
from aggregator.schedule import Tick
from aggregator.schedule.hub_notifier import HubNotifier
from aggregator.schedule.metrics import Metrics
from aggregator.schedule.subscriber import Subscriber
from aggregator.store import open_store

PARTS = ("tick", "memory", "commands", "start")
SOURCES, TOPICS = 500, 30
_KEYWORDS = 8  # of each topic
_COUNTS = (1, 20)  # new articles of a tick
_FEW = 5  # ticks until the memory is read
_DUE = timedelta(days=6)  # until a source is polled: later than all ticks, and near enough
_RAM_DISK = Path("/dev/shm")
_PORT = 8791


def main() -> None:
    """Measure and print, or do one step in a process of its own (`--step`)."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--articles", default="10000")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--ticks", type=int, default=21)
    parser.add_argument("--batch", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, default=_RAM_DISK if _RAM_DISK.is_dir() else None)
    parser.add_argument("--step", choices=("fill", "tick", "memory"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        steps = {"fill": fill, "tick": measure_ticks, "memory": measure_memory}
        steps[arguments.step](arguments.folder, arguments)
        return
    for number in map(int, arguments.articles.split(",")):
        with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
            measure(Path(name), number, arguments)


def measure(folder: Path, number: int, arguments: argparse.Namespace) -> None:
    """Fill a store with this number of articles, and measure the parts."""
    print(f"{number:,} articles", flush=True)
    parts = arguments.parts.split(",")
    prepare(folder, number, sum(_COUNTS) * (arguments.ticks + 1))
    if set(parts) - {"commands"}:
        run_step("fill", folder, arguments)
    for part in ("tick", "memory"):
        if part in parts:
            copy = folder / part
            copy.mkdir()
            for path in folder.glob("*.*"):
                shutil.copy(path, copy)
            run_step(part, copy, arguments)
            shutil.rmtree(copy)
    if "start" in parts:
        measure_start(folder)
    if "commands" in parts:
        measure_commands(folder)


def run_step(step: str, folder: Path, arguments: argparse.Namespace) -> None:
    """One step in a process of its own, so that its memory holds nothing else."""
    options = ["--ticks", str(arguments.ticks), "--batch", str(arguments.batch)]
    command = [sys.executable, __file__, "--step", step, "--folder", str(folder), *options]
    subprocess.run(command, check=True)


# ------------------------------------------------ the articles and the configuration


def prepare(folder: Path, number: int, later: int, lang: str = "x-made") -> None:
    """Write the articles (pickled: those to be stored, and so many that are new later), their
    files, and the configurations ``run.yaml`` and ``build.yaml``."""
    planned = list(articles(number + later))
    shift = datetime.now(UTC).replace(microsecond=0) - planned[number - 1].published
    dated = [
        replace(
            article,
            source=f"source {index % SOURCES}",
            published=article.published + shift,
            author=CleanText(""),
            lang=CleanText(lang),
        )
        for index, article in enumerate(planned)
    ]
    (folder / "stored.pickle").write_bytes(pickle.dumps(dated[:number]))
    (folder / "new.pickle").write_bytes(pickle.dumps(dated[number:]))
    rows: dict[str, list[str]] = defaultdict(list)
    for article in dated[:number]:
        rows[article.source].append(json.dumps(json_of(article)))
    (folder / "files").mkdir()
    for source, lines in rows.items():
        (folder / "files" / f"{source}.jsonl").write_text("\n".join(lines), "utf-8")
    for name in ("run", "build"):
        write_configuration(folder / f"{name}.yaml", name, list(rows), topics_of(dated[:number]))


def json_of(article: Article) -> dict[str, object]:
    """The fields of the article's line in a file of JSON lines."""
    return {
        "url": article.url,
        "title": article.title,
        "publisher": article.publisher.name,
        "published": rfc3339(article.published),
    }


def topics_of(window: Sequence[Article]) -> list[dict[str, object]]:
    """Topics whose keywords are the most common words, dealt out in turn."""
    counts = Counter(word for article in window[:10_000] for word in article.title.split())
    common = [word for word, _ in counts.most_common(TOPICS * _KEYWORDS)]
    return [
        {"slug": f"t{number}", "name": f"Topic {number}", "keywords": common[number::TOPICS]}
        for number in range(TOPICS)
    ]


def write_configuration(
    path: Path, name: str, sources: Sequence[str], topics: Sequence[dict[str, object]]
) -> None:
    """A configuration over the files, with the store and the output folder of this name."""
    files = path.parent / "files"
    values = {
        "store": f"sqlite:///{name}.db",
        "output": f"{name}-feeds",
        "ranking": {"window": "60d"},
        "topics": topics,
        "sources": [
            {"name": source, "type": "jsonl", "path": str(files / f"{source}.jsonl")}
            for source in sources
        ],
    }
    path.write_text(json.dumps(values), "utf-8")


# ------------------------------------------------ the tick


class PreparedReader(BackgroundReader):
    """A reader that reads nothing: `collect` hands over the `prepared` readings."""

    prepared: Sequence[Reading] = ()

    def start(
        self,
        sources: Collection[Source],
        states: Mapping[str, SourceState],
        documents: Documents,
        now: datetime,
    ) -> None:
        """Fail: no source is due, so that no reading takes CPU time beside the ticks."""
        del states, documents
        raise RuntimeError(f"{next(iter(sources)).name} is due at {now}")

    def collect(self, timeout: float) -> list[Reading]:
        """The prepared readings, once."""
        del timeout
        readings, self.prepared = list(self.prepared), ()
        return readings


@dataclass
class RunningTick:
    """The tick of a daemon, with a clock that stands still until it is moved."""

    tick: Tick
    reader: PreparedReader
    sources: dict[str, Source]
    now: datetime

    def run(self, new: Sequence[Article] = (), later: timedelta = timedelta(seconds=1)) -> float:
        """One tick with these new articles, so much later: its CPU time in seconds. Raises
        RuntimeError if a step failed."""
        self.now += later
        by_source: dict[str, list[Article]] = defaultdict(list)
        for article in new:
            by_source[article.source].append(article)
        self.reader.prepared = [
            Reading(self.sources[name], polled(self.sources[name], self.now), tuple(rows))
            for name, rows in by_source.items()
        ]
        start = time.process_time()
        self.tick()
        seconds = time.process_time() - start
        if problem := self.tick.health() or self.tick.degraded():
            raise RuntimeError(problem)
        return seconds


def polled(source: Source, now: datetime) -> SourceState:
    """The state of a source that was polled now and is not due again while this measures."""
    return SourceState(
        source.name, source.location, checked=now, succeeded=now, changed=now, due=now + _DUE
    )


@contextmanager
def daemon(folder: Path) -> Iterator[RunningTick]:
    """A daemon's tick over ``run.yaml`` of the folder, at the time of its newest article."""
    settings = load_settings(folder / "run.yaml")
    store, reader = open_store(settings.store), PreparedReader(settings.reading)

    def clock() -> datetime:
        return running.now

    subscriber = Subscriber(settings, store, reader, clock, lambda: False)
    notifier = HubNotifier(settings.site, reader)
    newest = load(folder, "new")[0].published
    sources = {source.name: source for source in settings.sources}
    try:
        tick = Tick(settings, store, reader, clock, Metrics(), subscriber, notifier)
        running = RunningTick(tick, reader, sources, newest)
        yield running
    finally:
        reader.close(10)
        store.close()


def load(folder: Path, name: str) -> list[Article]:
    """The pickled articles of this name."""
    unpickled: list[Article] = pickle.loads((folder / f"{name}.pickle").read_bytes())
    return unpickled


def fill(folder: Path, arguments: argparse.Namespace) -> None:
    """Fill the store by ticks, in batches in the order of publication."""
    load_lexicon()
    stored = load(folder, "stored")
    settings = load_settings(folder / "run.yaml")
    store = open_store(settings.store)
    newest = stored[-1].published
    store.save(source_states=[polled(source, newest) for source in settings.sources])
    store.close()
    with daemon(folder) as running:
        seconds = 0.0
        for start in range(0, len(stored), arguments.batch):
            seconds += running.run(stored[start : start + arguments.batch])
    size = sum(path.stat().st_size for path in folder.glob("run.db*")) / 1e6
    print(f"  filled in {seconds:,.1f} s of CPU; the store has {size:,.0f} MB", flush=True)


def measure_ticks(folder: Path, arguments: argparse.Namespace) -> None:
    """Print the median CPU times of ticks."""
    new = iter(load(folder, "new"))
    with daemon(folder) as running:
        first = running.run()
        print(f"  tick: the first one, which loads the window: {first:.2f} s", flush=True)
        for count in _COUNTS:
            running.run(list(islice(new, count)))
            show(
                f"{count} new",
                [running.run(list(islice(new, count))) for _ in range(arguments.ticks)],
            )
        ten = timedelta(minutes=10)
        show("ranked again", [running.run((), ten) for _ in range(arguments.ticks)])
        show("nothing to do", [running.run() for _ in range(arguments.ticks)])


def show(name: str, seconds: Sequence[float]) -> None:
    """Print the median and the longest."""
    middle, longest = statistics.median(seconds) * 1000, max(seconds) * 1000
    print(
        f"  tick: {name}: {middle:,.1f} ms of CPU (median of {len(seconds)}), at most"
        f" {longest:,.1f} ms",
        flush=True,
    )


# ------------------------------------------------ memory, start and commands


def memory_of(pid: int | str = "self") -> str:
    """The resident memory of a process, now and at most (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    now, most = (
        int(status.partition(f"{name}:")[2].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")
    )
    return f"{now:,.0f} MB resident, at most {most:,.0f} MB"


def measure_memory(folder: Path, _arguments: argparse.Namespace) -> None:
    """Print the memory of a process that ticks, without HTTP."""
    new = load(folder, "new")[:_FEW]
    with daemon(folder) as running:
        print(f"  memory: before the first tick {memory_of()}", flush=True)
        running.run()
        print(f"  memory: after the first tick {memory_of()}", flush=True)
        for article in new:
            running.run([article])
        print(f"  memory: after {len(new)} more with one new article {memory_of()}", flush=True)


def measure_start(folder: Path) -> None:
    """Print how long `aggregator run` takes to serve the first feed and to end its first tick."""
    url = f"http://127.0.0.1:{_PORT}"
    command = [sys.executable, "-m", "aggregator", "run", "-q", "-c", str(folder / "run.yaml")]
    start = time.perf_counter()
    process = subprocess.Popen([*command, "--port", str(_PORT)])
    try:
        with httpx.Client(trust_env=False, timeout=600) as client:
            wait(process, lambda: client.get(f"{url}/feeds/all.atom").status_code == 200)
            first = time.perf_counter() - start
            wait(
                process,
                lambda: "\naggregator_stories 0.0\n" not in client.get(f"{url}/metrics").text,
            )
        ticked = time.perf_counter() - start
        print(f"  start: first feed after {first:.2f} s, first tick ended after {ticked:.2f} s")
        print(f"  start: {memory_of(process.pid)}", flush=True)
    finally:
        process.terminate()
        process.wait()


def wait(process: subprocess.Popen[bytes], condition: Callable[[], bool]) -> None:
    """Wait until the condition holds; a connection that fails is none. Raises RuntimeError if the
    process ends."""
    while process.poll() is None:
        try:
            if condition():
                return
        except httpx.TransportError:
            pass
        time.sleep(0.02)
    raise RuntimeError("the daemon has ended")


def measure_commands(folder: Path) -> None:
    """Print the CPU and wall time of commands."""
    config = ["-c", str(folder / "build.yaml")]
    run_command("build from nothing", "build", *config)
    run_command("build with nothing new", "build", *config)
    query = load(folder, "stored")[-1].title.split()[0]
    run_command("feed all --query", "feed", "all", "--query", query, *config)
    listed = run_command("stories --topic", "stories", "--topic", "t1", "--json", *config)
    story = json.loads(listed.splitlines()[0])["id"]
    run_command("explain ID", "explain", story, *config)


def run_command(name: str, *words: str) -> bytes:
    """The output of a command, whose times are printed."""
    with tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "aggregator", *words], stdout=output)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        output.seek(0)
        printed = output.read()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{name}: exit code {process.returncode}")
    cpu, most = usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024
    print(
        f"  {name}: {cpu:.2f} s of CPU, {wall:.2f} s, at most {most:,.0f} MB resident", flush=True
    )
    return printed


if __name__ == "__main__":
    main()
