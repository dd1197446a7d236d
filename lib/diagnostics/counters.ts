import { LogHistogram } from "../util/log-histogram.ts";

/** A percentile of acknowledgement times is too large by at most one part in 32. */
const PRECISION = 5;
const PERCENTAGES = [50, 90, 99, 99.9];

/** Counts for QoS 0, 1 and 2, in this order. */
export type CountByQoS = readonly [number, number, number];

/** Times in seconds. All are 0 before there is a first one. */
export interface AcknowledgementTimes {
  /** The number of times. */
  readonly count: number;
  /** The mean. */
  readonly mean: number;
  /** The median. */
  readonly p50: number;
  /** The 90th percentile. */
  readonly p90: number;
  /** The 99th percentile. */
  readonly p99: number;
  /** The 99.9th percentile. */
  readonly p999: number;
  /** The greatest time. */
  readonly max: number;
}

/**
 * Counts messages by QoS. Where each nanosecond counts, callers increment the fields: a call of `count`, or an element
 * of an array, takes several.
 */
export class QoSCounter {
  qos0 = 0;
  qos1 = 0;
  qos2 = 0;

  count(qos: 0 | 1 | 2): void {
    if (qos === 0) this.qos0++;
    else if (qos === 1) this.qos1++;
    else this.qos2++;
  }

  read(): CountByQoS {
    return [this.qos0, this.qos1, this.qos2];
  }
}

/** The counters of one client that are kept in JavaScript. */
export class Counters {
  /** Received messages. */
  readonly received: QoSCounter = new QoSCounter();
  /** Successful publishes. */
  readonly published: QoSCounter = new QoSCounter();
  /** Times from the call of a publish to its acknowledgement, in microseconds. */
  readonly acknowledgements: LogHistogram = new LogHistogram(PRECISION);
  /** Connections that were made after a loss. */
  reconnects = 0;

  /** Returns a snapshot of the times of acknowledgements. */
  readAcknowledgements(): AcknowledgementTimes {
    const { count, mean, max } = this.acknowledgements;
    const [p50 = 0, p90 = 0, p99 = 0, p999 = 0] = this.acknowledgements.percentiles(PERCENTAGES);
    const times = { mean, p50, p90, p99, p999, max };
    for (const name of Object.keys(times) as (keyof typeof times)[]) times[name] /= 1_000_000;
    return { count, ...times };
  }
}
