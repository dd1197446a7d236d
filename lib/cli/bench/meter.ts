import { LogHistogram } from "../../util/log-histogram.ts";

/** A percentile is too large by at most 0.4 %. */
const PRECISION = 8;
const PERCENTAGES = [50, 90, 99, 99.9];
const MAX_POINTS = 240;
const SHORTEST_POINT = 0.25;

/** Latencies in microseconds. */
export interface Latency {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** A part of the measurement. */
export interface Point {
  /** Seconds from the beginning to the end of this part. */
  readonly at: number;
  readonly seconds: number;
  readonly messages: number;
  /** Undefined if no message of this part had a latency. */
  readonly latency: Latency | undefined;
}

/** Counts messages and their latencies, in all and over time. */
export class Meter {
  /** The length of a part in seconds. */
  readonly pointLength: number;
  readonly points: Point[] = [];
  readonly #all = new LogHistogram(PRECISION);
  readonly #now = new LogHistogram(PRECISION);
  readonly #window = new LogHistogram(PRECISION);
  #messages = 0;
  #messagesNow = 0;
  #end = 0;

  /** `duration`: the seconds of the measurement, as planned. */
  constructor(duration: number) {
    this.pointLength = Math.max(
      SHORTEST_POINT,
      Math.ceil(duration / MAX_POINTS / SHORTEST_POINT) * SHORTEST_POINT,
    );
  }

  get messages(): number {
    return this.#messages;
  }

  /** The latencies of all messages; undefined if no message had one. */
  get latency(): Latency | undefined {
    return toLatency(this.#all);
  }

  /** Returns the latencies of the parts that have ended since the last call. */
  takeWindow(): Latency | undefined {
    const latency = toLatency(this.#window);
    this.#window.reset();
    return latency;
  }

  /** Counts a message. `milliseconds`: its latency, if it has one. */
  count(milliseconds: number | undefined): void {
    this.#messages++;
    this.#messagesNow++;
    if (milliseconds !== undefined) this.#now.record(milliseconds * 1000);
  }

  /** Ends a part of the measurement. `at`: seconds from the beginning. */
  endPoint(at: number): void {
    const seconds = at - this.#end;
    if (seconds <= 0) return;
    this.points.push({ at, seconds, messages: this.#messagesNow, latency: toLatency(this.#now) });
    this.#all.add(this.#now);
    this.#window.add(this.#now);
    this.#now.reset();
    this.#messagesNow = 0;
    this.#end = at;
  }
}

function toLatency(histogram: LogHistogram): Latency | undefined {
  if (histogram.count === 0) return undefined;
  const [p50 = 0, p90 = 0, p99 = 0, p999 = 0] = histogram.percentiles(PERCENTAGES);
  return { p50, p90, p99, p999, max: histogram.max };
}
