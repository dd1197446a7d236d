// Finds the causes of slow round trips.

import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { PerformanceObserver } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

const slow = 2; // milliseconds
/** Node's own threads, which carry no messages. */
const nodesOwn = /^(node|MainThread|libuv-worker|V8Worker|DelayedTaskSche|SignalInspector)/;

export const causes = {
  busy: "the event loop was busy, as this case wants it",
  garbage: "garbage collection",
  javascript: "the JavaScript thread waited for a processor",
  threads: "other threads of the client waited for a processor",
  broker: "the broker waited for a processor",
  out: "held on the way to the broker",
  back: "held on the way back",
};

/** Records the data that explains round trips above 2 ms, and explains them at the end. */
export class SlowTrips {
  #trips = [];
  #collections = [];
  #observer;
  #queues;
  #busyPhases;
  #offset = Number(process.hrtime.bigint()) / 1e6 - performance.now();

  /** `broker` is a process. `busyPhases` are the busy phases of the event loop; they may grow. */
  constructor(broker, busyPhases) {
    this.#busyPhases = busyPhases;
    this.#queues = new Queues(broker);
    this.#observer = new PerformanceObserver((list) => this.#collections.push(...list.getEntries()));
    this.#observer.observe({ entryTypes: ["gc"] });
  }

  /** Forgets the trips so far. */
  forget() {
    this.#trips = [];
  }

  /** Returns the data to keep at the beginning of a trip. */
  atBegin() {
    return this.#queues.recent();
  }

  /** `stamp` is the broker's clock when it had the message, in nanoseconds. */
  atEnd(begin, end, stamp, waitedBefore) {
    if (end - begin <= slow) return;
    const atBroker = Number(stamp) / 1e6 - this.#offset;
    this.#trips.push({ begin, end, atBroker, before: waitedBefore, after: this.#queues.now() });
  }

  /** Resolves with [{ cause, milliseconds }] for all slow trips. */
  async explain() {
    await delay(50); // collections are reported late
    this.#observer.disconnect();
    this.#queues.close();
    return this.#trips.map((trip) => ({ cause: this.#findCause(trip), milliseconds: trip.end - trip.begin }));
  }

  /** Returns the largest contribution, provided that all contributions together make up half of the time. */
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

/** The milliseconds that threads have waited for a processor since their start. */
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

  /** Returns a reading that is at most a millisecond old, because a new one takes longer than some round trips. */
  recent() {
    return performance.now() - this.#at < 1 ? this.#latest : this.now();
  }

  close() {
    for (const file of Object.values(this.#files).flat()) closeSync(file);
  }
}

const line = Buffer.alloc(128);

/** Reads the second number of the file, in nanoseconds. */
function waitedMilliseconds(file) {
  const length = readSync(file, line, 0, line.length, 0);
  return Number(line.latin1Slice(0, length).split(" ", 2)[1]) / 1e6;
}
