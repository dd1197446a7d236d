// Measures loops that each publish a message and await its promise. Another process receives.

import { setTimeout as delay } from "node:timers/promises";
import { Counters } from "../../network/counters.mjs";
import { mostQueued, topic } from "../../network/traffic.mjs";
import { Payloads } from "../../payloads.mjs";
import { connectAtOnce, disconnectAll, settle, warmThenMeasure } from "../common.mjs";
import { whileThereIsProgress } from "./arrivals.mjs";

/** The number of publishes between readings of the counters, so that reading costs no measurable time. */
const publishedAtOnce = 64;

export async function publish(library, job) {
  const [client] = await connectAtOnce(library, job, 1);
  const publisher = new Publisher(library, client, job);
  const measured = warmThenMeasure(job, (count) => publisher.run(count));
  const figures = await whileThereIsProgress(measured, () => publisher.received);
  await settle();
  await disconnectAll(library, [client]);
  publisher.close();
  return figures;
}

class Publisher {
  #library;
  #client;
  #testCase;
  #counters;
  #payloads;
  #published = 0;
  /** The number of messages that the other process has received, as of the last reading. */
  received = 0;
  #waiting;

  constructor(library, client, { testCase, broker }) {
    this.#library = library;
    this.#client = client;
    this.#testCase = testCase;
    this.#counters = new Counters(broker.counters);
    this.#payloads = new Payloads(testCase.size, mostQueued);
  }

  close() {
    this.#counters.close();
  }

  /** Resolves when this number of further messages has been received. */
  async run(count) {
    const end = this.#published + count;
    const loops = Array.from({ length: this.#testCase.window }, () => this.#oneAfterTheOther(end));
    await Promise.all(loops);
    await this.#until(end);
    return count;
  }

  async #oneAfterTheOther(end) {
    const { qos } = this.#testCase;
    while (this.#published < end) {
      if (this.#isFull()) {
        await this.#room();
        continue;
      }
      const payload = this.#payloads.next(this.#published++);
      await this.#library.publish(this.#client, topic, payload, { qos });
    }
  }

  /** Resolves when the broker has room for some more. All loops share one promise. */
  #room() {
    const count = this.#published - mostQueued + publishedAtOnce;
    this.#waiting ??= this.#until(count).finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  /** Whether the broker might drop the next message, because too many have not been received. */
  #isFull() {
    if (this.#published % publishedAtOnce === 0) this.#look();
    return this.#published - this.received >= mostQueued;
  }

  #look() {
    this.received = this.#counters.get("received");
  }

  /** Resolves when this number of messages has been received. */
  async #until(count) {
    while (this.received < count) {
      await delay(1);
      this.#look();
    }
  }
}
