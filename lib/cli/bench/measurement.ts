import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";
import { setTimeout as sleep } from "node:timers/promises";
import { deferred } from "../../util/deferred.ts";
import type { Io } from "../frame/io.ts";
import type { Clients } from "./clients.ts";
import { LiveLine } from "./live-line.ts";
import { type Latency, Meter, type Point } from "./meter.ts";
import { findWarnings, LoadMeter } from "./saturation.ts";
import type { BenchSettings } from "./settings.ts";
import { clock } from "./stamp.ts";
import { Workload } from "./workload.ts";

/** Milliseconds to wait for late answers while none comes, and in all. */
const PATIENCE = 1000;
const MAX_DRAIN = 10_000;
/** Milliseconds between two lines of a terminal. */
const LINE_INTERVAL = 1000;
const POLL_INTERVAL = 10;

/** The result of a measurement. */
export interface Result {
  readonly seconds: number;
  readonly messages: number;
  readonly rate: number;
  readonly latency: Latency | undefined;
  readonly points: readonly Point[];
  /** The answers or deliveries that did not come. */
  readonly lost: number;
  readonly warnings: readonly string[];
  /** The error that ended the measurement early. */
  readonly error: unknown;
}

/** Measures until the duration is over, a connection is lost, or `interrupted` resolves. */
export async function measure(
  settings: BenchSettings,
  clients: Clients,
  io: Io,
  interrupted: Promise<void>,
): Promise<Result> {
  const { mode, rate, duration, maxInflight } = settings;
  const meter = new Meter(duration);
  const live = new LiveLine(io);
  const ended = deferred<unknown>();
  const begun = deferred<void>();
  void interrupted.then(() => ended.resolve(undefined));
  const workload = new Workload(clients, {
    rate,
    window: mode === "rtt" ? 1 : maxInflight,
    meter,
    onError: (error) => ended.resolve(error),
    onFirst: () => begun.resolve(),
  });
  if (mode === "sub") {
    live.say("Waiting for messages");
    await Promise.race([begun.promise, ended.promise]);
  }
  const load = new LoadMeter();
  const began = clock();
  const reporter = new Reporter(meter, live, began, workload);
  workload.start();
  const timer = setTimeout(() => ended.resolve(undefined), duration * 1000);
  const error = await ended.promise;
  clearTimeout(timer);
  workload.stop();
  const stopped = clock();
  const conditions = { seconds: (stopped - began) / 1000, load: load.read(), rate, late: workload.late };
  if (error === undefined) await drain(workload, meter);
  const seconds = Math.max(stopped, workload.lastCount) - began;
  reporter.end(seconds / 1000);
  const { messages } = meter;
  return {
    ...{ seconds: seconds / 1000, messages, rate: messages / (seconds / 1000) },
    ...{ latency: meter.latency, points: meter.points, lost: reporter.lost + workload.outstanding },
    ...{ warnings: findWarnings(conditions), error },
  };
}

/** Waits for answers that have not come, as long as some come. */
async function drain(workload: Workload, meter: Meter): Promise<void> {
  const began = clock();
  let last = began;
  let { messages } = meter;
  while (workload.outstanding > 0 && clock() - last < PATIENCE && clock() - began < MAX_DRAIN) {
    await sleep(POLL_INTERVAL);
    if (meter.messages === messages) continue;
    ({ messages } = meter);
    last = clock();
  }
}

/** Divides the measurement into parts, and shows the line of a terminal. */
class Reporter {
  readonly #meter: Meter;
  readonly #live: LiveLine;
  readonly #began: number;
  readonly #workload: Workload;
  readonly #load = new LoadMeter();
  readonly #timer: NodeJS.Timeout;
  #shown: { at: number; messages: number };
  #lost = 0;

  constructor(meter: Meter, live: LiveLine, began: number, workload: Workload) {
    this.#meter = meter;
    this.#live = live;
    this.#began = began;
    this.#workload = workload;
    this.#shown = { at: began, messages: 0 };
    this.#timer = setInterval(() => this.#tick(), meter.pointLength * 1000);
  }

  /** The deliveries that were given up. */
  get lost(): number {
    return this.#lost;
  }

  /** `seconds`: the length of the measurement. */
  end(seconds: number): void {
    clearInterval(this.#timer);
    this.#meter.endPoint(seconds);
    this.#live.clear();
  }

  #tick(): void {
    const now = clock();
    this.#meter.endPoint((now - this.#began) / 1000);
    if (now - this.#shown.at < LINE_INTERVAL - POLL_INTERVAL) return;
    const { messages } = this.#meter;
    const count = messages - this.#shown.messages;
    if (count === 0 && this.#workload.outstanding > 0) this.#lost += this.#workload.giveUp();
    const { eventLoop, machine } = this.#load.read();
    this.#live.update({
      elapsed: (now - this.#began) / 1000,
      rate: count / ((now - this.#shown.at) / 1000),
      latency: this.#meter.takeWindow(),
      warning: machine > 0.9 ? "machine is busy" : eventLoop > 0.98 ? "event loop is busy" : undefined,
    });
    this.#shown = { at: now, messages };
  }
}
