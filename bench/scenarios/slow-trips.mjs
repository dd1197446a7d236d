// Why a round trip took long.

import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

const slow = 2; // milliseconds
/** Threads that Node has anyway, and that carry no messages. */
const nodesOwn = /^(node|MainThread|libuv-worker|V8Worker|DelayedTaskSche|SignalInspector)/;

export const causes = {
  busy: "the event loop was busy, as this cell wants it",
  garbage: "garbage collection",
  javascript: "the JavaScript thread waited for a processor",
  threads: "other threads of the client waited for a processor",
  broker: "the broker waited for a processor",
  out: "held on the way to the broker",
  back: "held on the way back",
};

/** Keeps what is needed to explain round trips above 2 ms, and explains them when all are done. */
export class SlowTrips {
  #trips = [];
  #collections = [];
  #observer;
  #queues;
  #busyPhases;
  #offset = Number(process.hrtime.bigint()) / 1e6 - performance.now();

  /** `broker`: its process. `busyPhases`: when the event loop was kept busy; may grow. */
  constructor(broker, busyPhases) {
    this.#busyPhases = busyPhases;
    this.#queues = new Queues(broker);
    this.#observer = new PerformanceObserver((list) => this.#collections.push(...list.getEntries()));
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Those until now do not count. */
  forget() {
    this.#trips = [];
  }

  /** What has to be kept at the beginning of a trip. */
  atBegin() {
    return this.#queues.recent();
  }

  /** `stamp`: the broker's clock when it had the message, in nanoseconds. */
  atEnd(begin, end, stamp, waitedBefore) {
    if (end - begin <= slow) return;
    const atBroker = Number(stamp) / 1e6 - this.#offset;
    this.#trips.push({ begin, end, atBroker, before: waitedBefore, after: this.#queues.now() });
  }

  /** Resolves with [{ cause, milliseconds }], one for each. */
  async explain() {
    await delay(50); // what was collected is told later
    this.#observer.disconnect();
    this.#queues.close();
    return this.#trips.map((trip) => ({ cause: this.#findCause(trip), milliseconds: trip.end - trip.begin }));
  }

  /** What accounts for most, if all of it together accounts for half. */
  #findCause({ begin, end, atBroker, before, after }) {
    const overlap = (from, to) => Math.max(0, Math.min(end, to) - Math.max(begin, from));
    const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
    const amounts = {
      busy: sum(this.#busyPhases.map((phase) => overlap(...phase))),
      garbage: sum(
        this.#collections.map(({ startTime, duration }) => overlap(startTime, startTime + duration)),
      ),
      javascript: after.javascript - before.javascript,
      threads: after.threads - before.threads,
      broker: after.broker - before.broker,
    };
    const [[cause]] = Object.entries(amounts).sort(([, a], [, b]) => b - a);
    if (sum(Object.values(amounts)) >= (end - begin) / 2) return cause;
    return atBroker - begin > end - atBroker ? "out" : "back";
  }
}

/** How long threads have waited in a processor's queue, in milliseconds since they began. */
class Queues {
  #files;
  #latest;
  #at = Number.NEGATIVE_INFINITY;

  constructor(broker) {
    const others = readdirSync("/proc/self/task").filter(
      (thread) =>
        thread !== `${process.pid}` && !nodesOwn.test(readFileSync(`/proc/self/task/${thread}/comm`, "utf8")),
    );
    this.#files = {
      javascript: [openSync(`/proc/self/task/${process.pid}/schedstat`)],
      threads: others.map((thread) => openSync(`/proc/self/task/${thread}/schedstat`)),
      broker: [openSync(`/proc/${broker}/task/${broker}/schedstat`)],
    };
  }

  now() {
    const waits = {};
    for (const [name, files] of Object.entries(this.#files)) {
      waits[name] = files.reduce((sum, file) => sum + waitedMilliseconds(file), 0);
    }
    this.#at = performance.now();
    this.#latest = waits;
    return waits;
  }

  /** At most a millisecond old: reading takes longer than some round trips. */
  recent() {
    return performance.now() - this.#at < 1 ? this.#latest : this.now();
  }

  close() {
    for (const file of Object.values(this.#files).flat()) closeSync(file);
  }
}

const line = Buffer.alloc(128);

/** The second number in the file, in nanoseconds. */
function waitedMilliseconds(file) {
  const length = readSync(file, line, 0, line.length, 0);
  return Number(line.latin1Slice(0, length).split(" ", 2)[1]) / 1e6;
}
