// The messages that a client reads.

import { ageOf, stampEnd } from "../../network/stamps.mjs";
import { Checker } from "../../payloads.mjs";

/** Milliseconds without a message after which one counts as lost. */
const patience = 5000;

/** Counts messages, each of which must be the next one, and takes their latencies when asked to. */
export class Arrivals {
  received = 0;
  /** Microseconds from sent to read, of each; only once `takeLatencies` has been called. */
  latencies;
  #checker;
  #onMessage;
  #expected = Number.POSITIVE_INFINITY;
  #resolve;

  /** `onMessage` is called with the number of messages until now. */
  constructor(size, onMessage = () => {}) {
    this.#checker = new Checker(size, stampEnd);
    this.#onMessage = onMessage;
  }

  takeLatencies() {
    this.latencies = [];
  }

  take(payload) {
    this.latencies?.push(ageOf(payload));
    this.received = this.#checker.check(payload);
    this.#onMessage(this.received);
    if (this.received < this.#expected) return;
    this.#expected = Number.POSITIVE_INFINITY;
    this.#resolve();
  }

  /** Resolves when there have been so many. */
  until(count) {
    if (this.received >= count) return undefined;
    return new Promise((resolve) => {
      this.#expected = count;
      this.#resolve = resolve;
    });
  }
}

/**
 * Does some work while `arrivals` takes every message. Rejects when the connection is lost before the work is done, or
 * a message.
 */
export function whileConsuming(library, client, arrivals, work) {
  const consumed = library.consume(client, (_topic, payload) => arrivals.take(payload));
  const ended = consumed.then(() => {
    throw new Error("The messages ended too early");
  });
  return whileThereIsProgress(Promise.race([work(), ended]), () => arrivals.received);
}

/** Waits for a promise; rejects when a number of messages stays the same for a while before that. */
export async function whileThereIsProgress(promise, number) {
  let before;
  let timer;
  const stuck = new Promise((_, reject) => {
    timer = setInterval(() => {
      if (number() === before) reject(new Error(`Lost: after ${before} messages there are no more`));
      before = number();
    }, patience);
  });
  try {
    return await Promise.race([promise, stuck]);
  } finally {
    clearInterval(timer);
  }
}
