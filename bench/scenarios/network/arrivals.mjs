// Records the messages that a client reads.

import { ageOf, stampEnd } from "../../network/stamps.mjs";
import { Checker } from "../../payloads.mjs";

/** Milliseconds without progress after which a message counts as lost. */
const patience = 5000;

/** Counts messages, whose numbers must be consecutive, and records their latencies on request. */
export class Arrivals {
  received = 0;
  /** Microseconds from sending to reading each message, once `takeLatencies` has been called. */
  latencies;
  #checker;
  #onMessage;
  #expected = Number.POSITIVE_INFINITY;
  #resolve;

  /** `onMessage` is called with the number of messages so far. */
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

  /** Resolves after this number of messages. */
  until(count) {
    if (this.received >= count) return undefined;
    return new Promise((resolve) => {
      this.#expected = count;
      this.#resolve = resolve;
    });
  }
}

/**
 * Does some work while `arrivals` takes every message. Rejects when the connection or a message is lost before the work
 * is done.
 */
export function whileConsuming(library, client, arrivals, work) {
  const consumed = library.consume(client, (_topic, payload) => arrivals.take(payload));
  const ended = consumed.then(() => {
    throw new Error("The messages ended too early");
  });
  return whileThereIsProgress(Promise.race([work(), ended]), () => arrivals.received);
}

/** Waits for a promise. Rejects when the number of messages does not change for a while. */
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
