// Measures single messages that return: to their own publisher, or as another client's answer.

import { startMeter } from "../../meter.mjs";
import { writeStamp } from "../../network/stamps.mjs";
import { Checker, Payloads } from "../../payloads.mjs";
import { connectAtOnce, disconnectAll, settle } from "../common.mjs";
import { Arrivals, whileConsuming } from "./arrivals.mjs";

const question = "network/question";
const answer = "network/answer";

/** Measures one client that has subscribed to its own topic. */
export async function roundTrip(library, job) {
  const clients = await connectAtOnce(library, job, 1);
  const trips = new Trips(library, clients[0], job, answer);
  const figures = await trips.measure();
  await settle();
  await disconnectAll(library, clients);
  return figures;
}

/** Measures two clients: one asks, and the other answers with the same payload. */
export async function request(library, job) {
  const { qos } = job.testCase;
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

/**
 * Measures requests between two clients, with response topics and correlation data. The time is that until the response
 * has been read.
 */
export async function call(library, job) {
  const { testCase, seconds, warmUpSeconds, broker } = job;
  const { qos, size } = testCase;
  const clients = await connectAtOnce(library, job, 2);
  const [asker, answerer] = clients;
  await library.respond(answerer, question, { qos });
  const payloads = new Payloads(size, 1);
  const checker = new Checker(size);
  let begun = 0;
  const run = async (duration) => {
    const times = [];
    for (const end = performance.now() + 1000 * duration; performance.now() < end; ) {
      const began = performance.now();
      const payload = payloads.next(begun++);
      checker.check((await library.request(asker, question, payload, { qos, responseQos: qos })).payload);
      times.push(1000 * (performance.now() - began));
    }
    return times;
  };
  await run(warmUpSeconds);
  const stop = startMeter(broker.process);
  const times = await run(seconds);
  const { cpuSeconds, jsSeconds } = stop();
  await settle();
  await disconnectAll(library, clients);
  return {
    times,
    cpuMicroseconds: (cpuSeconds / times.length) * 1e6,
    jsMicroseconds: (jsSeconds / times.length) * 1e6,
  };
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

  /** A publish to `topic` returns as an answer. */
  constructor(library, client, job, topic) {
    this.#library = library;
    this.#client = client;
    this.#job = job;
    this.#topic = topic;
    this.#payloads = new Payloads(job.testCase.size, 1);
    this.#arrivals = new Arrivals(job.testCase.size);
  }

  measure() {
    const measured = whileConsuming(this.#library, this.#client, this.#arrivals, () => this.#measure());
    return Promise.race([measured, this.failed]);
  }

  async #measure() {
    const { seconds, warmUpSeconds, testCase, broker } = this.#job;
    await this.#library.subscribe(this.#client, answer, { qos: testCase.qos });
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

  /** Resolves when the answer has arrived and the publish is complete. */
  async #trip() {
    const payload = this.#payloads.next(this.#begun++);
    writeStamp(payload);
    const published = this.#library.publish(this.#client, this.#topic, payload, {
      qos: this.#job.testCase.qos,
    });
    await this.#arrivals.until(this.#begun);
    await published;
  }
}
