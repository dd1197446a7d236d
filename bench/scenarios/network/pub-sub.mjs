// Measures a publisher and a subscriber in one process.

import { writeStamp } from "../../network/stamps.mjs";
import { mostQueued, topic } from "../../network/traffic.mjs";
import { Payloads } from "../../payloads.mjs";
import { connectAtOnce, disconnectAll, settle } from "../common.mjs";
import { Arrivals, whileConsuming } from "./arrivals.mjs";
import { measureTraffic } from "./traffic.mjs";

export async function pubSub(library, job) {
  const { testCase } = job;
  const clients = await connectAtOnce(library, job, 2);
  const [publisher, subscriber] = clients;
  const traffic = new Traffic(library, publisher, testCase);
  const figures = await whileConsuming(library, subscriber, traffic.arrivals, async () => {
    await library.subscribe(subscriber, topic, { qos: testCase.qos });
    return measureTraffic(job, traffic.arrivals, (count, rate) => traffic.run(count, rate));
  });
  await settle();
  await disconnectAll(library, clients);
  return figures;
}

class Traffic {
  arrivals;
  #library;
  #client;
  #testCase;
  #payloads;
  #published = 0;
  #end = 0;
  #latest;
  #fail;

  constructor(library, client, testCase) {
    this.#library = library;
    this.#client = client;
    this.#testCase = testCase;
    this.#payloads = new Payloads(testCase.size, mostQueued);
    this.arrivals = new Arrivals(testCase.size, () => this.#fill());
  }

  /** Resolves when this number of further messages has been published and received. */
  async run(count, rate) {
    const total = this.#published + count;
    const failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    const received = this.arrivals.until(total);
    if (rate === 0) this.#fillUntil(total);
    const published = rate > 0 ? this.#pace(total, rate) : undefined;
    await Promise.race([Promise.all([received, published]), failed]);
    await this.#latest; // the broker acknowledges publishes in order
    return count;
  }

  #fillUntil(end) {
    this.#end = end;
    this.#fill();
  }

  /** Publishes up to the case's window. Does nothing for paced traffic. */
  #fill() {
    while (this.#published < this.#end && this.#underWay() < this.#testCase.window) this.#publish();
  }

  /** Publishes in each millisecond the messages that are due, as far as the broker has room for them. */
  #pace(end, rate) {
    const begin = performance.now();
    const before = this.#published;
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        const due = before + Math.ceil(((performance.now() - begin) / 1000) * rate);
        while (this.#published < Math.min(due, end) && this.#underWay() < mostQueued) this.#publish();
        if (this.#published < end) return;
        clearInterval(timer);
        resolve();
      }, 1);
    });
  }

  #underWay() {
    return this.#published - this.arrivals.received;
  }

  #publish() {
    const payload = this.#payloads.next(this.#published++);
    writeStamp(payload);
    this.#latest = this.#library.publish(this.#client, topic, payload, { qos: this.#testCase.qos });
    this.#latest.catch(this.#fail);
  }
}
