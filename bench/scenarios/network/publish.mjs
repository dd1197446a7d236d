// Loops that each publish a message and wait for its promise; another process receives.

import { setTimeout as delay } from "node:timers/promises";
import { Counters } from "../../network/counters.mjs";
import { mostQueued, topic } from "../../network/traffic.mjs";
import { Payloads } from "../../payloads.mjs";
import { connectAtOnce, disconnectAll, settle, warmThenMeasure } from "../common.mjs";
import { whileThereIsProgress } from "./arrivals.mjs";

/** How often is looked at what has been received: looking should take no time that shows. */
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
  #cell;
  #counters;
  #payloads;
  #published = 0;
  /** By the other process, as far as is known here. */
  received = 0;
  #waiting;

  constructor(library, client, { cell, broker }) {
    this.#library = library;
    this.#client = client;
    this.#cell = cell;
    this.#counters = new Counters(broker.counters);
    this.#payloads = new Payloads(cell.size, mostQueued);
  }

  close() {
    this.#counters.close();
  }

  /** Resolves when so many more have been received. */
  async run(count) {
    const end = this.#published + count;
    const loops = Array.from({ length: this.#cell.window }, () => this.#oneAfterTheOther(end));
    await Promise.all(loops);
    await this.#until(end);
    return count;
  }

  async #oneAfterTheOther(end) {
    const { qos } = this.#cell;
    while (this.#published < end) {
      if (this.#isFull()) {
        await this.#room();
        continue;
      }
      const payload = this.#payloads.next(this.#published++);
      await this.#library.publish(this.#client, topic, payload, { qos });
    }
  }

  /** Resolves when the broker has room for some more; for all loops at once. */
  #room() {
    const count = this.#published - mostQueued + publishedAtOnce;
    this.#waiting ??= this.#until(count).finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  /** Whether so many have not been received that the broker might drop the next. */
  #isFull() {
    if (this.#published % publishedAtOnce === 0) this.#look();
    return this.#published - this.received >= mostQueued;
  }

  #look() {
    this.received = this.#counters.get("received");
  }

  /** Resolves when so many have been received. */
  async #until(count) {
    while (this.received < count) {
      await delay(1);
      this.#look();
    }
  }
}
