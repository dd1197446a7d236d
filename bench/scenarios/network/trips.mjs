// Messages that come back, one at a time: to the client that has published them, or from another that answers.

import { startMeter } from "../../meter.mjs";
import { writeStamp } from "../../network/stamps.mjs";
import { Payloads } from "../../payloads.mjs";
import { connectAtOnce, disconnectAll, settle } from "../common.mjs";
import { Arrivals, whileConsuming } from "./arrivals.mjs";

const question = "network/question";
const answer = "network/answer";

/** One client, which has subscribed to what it publishes. */
export async function roundTrip(library, job) {
  const clients = await connectAtOnce(library, job, 1);
  const trips = new Trips(library, clients[0], job, answer);
  const figures = await trips.measure();
  await settle();
  await disconnectAll(library, clients);
  return figures;
}

/** Two clients: one asks, the other answers with what it was asked. */
export async function request(library, job) {
  const { qos } = job.cell;
  const clients = await connectAtOnce(library, job, 2);
  const [asker, answerer] = clients;
  const trips = new Trips(library, asker, job, question);
  const answering = library.consume(answerer, (_topic, payload) => {
    library.publish(answerer, answer, payload, { qos }).catch(trips.fail);
  });
  await library.subscribe(answerer, question, { qos });
  const figures = await Promise.race([trips.measure(), answering.then(() => trips.failed)]);
  await settle();
  await disconnectAll(library, clients);
  return figures;
}

class Trips {
  fail;
  failed = new Promise((_, reject) => {
    this.fail = reject;
  });
  #library;
  #client;
  #job;
  #topic;
  #payloads;
  #arrivals;
  #begun = 0;

  /** `topic`: what is published here comes back as an answer. */
  constructor(library, client, job, topic) {
    this.#library = library;
    this.#client = client;
    this.#job = job;
    this.#topic = topic;
    this.#payloads = new Payloads(job.cell.size, 1);
    this.#arrivals = new Arrivals(job.cell.size);
  }

  measure() {
    const measured = whileConsuming(this.#library, this.#client, this.#arrivals, () => this.#measure());
    return Promise.race([measured, this.failed]);
  }

  async #measure() {
    const { seconds, warmUpSeconds, cell, broker } = this.#job;
    await this.#library.subscribe(this.#client, answer, { qos: cell.qos });
    await this.#oneAfterTheOther(warmUpSeconds);
    this.#arrivals.takeLatencies();
    const stop = startMeter(broker.process);
    await this.#oneAfterTheOther(seconds);
    const { cpuSeconds, jsSeconds } = stop();
    const times = this.#arrivals.latencies;
    return {
      times,
      cpuMicroseconds: (cpuSeconds / times.length) * 1e6,
      jsMicroseconds: (jsSeconds / times.length) * 1e6,
    };
  }

  async #oneAfterTheOther(seconds) {
    for (const end = performance.now() + 1000 * seconds; performance.now() < end; ) await this.#trip();
  }

  /** Resolves when the answer is here and the publish is done. */
  async #trip() {
    const payload = this.#payloads.next(this.#begun++);
    writeStamp(payload);
    const published = this.#library.publish(this.#client, this.#topic, payload, { qos: this.#job.cell.qos });
    await this.#arrivals.until(this.#begun);
    await published;
  }
}
