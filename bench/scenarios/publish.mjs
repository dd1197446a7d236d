// Measures loops that each publish a message and await its promise.

import { Payloads } from "../payloads.mjs";
import { connectAtOnce, disconnectAll, settle, warmThenMeasure } from "./common.mjs";

export async function publish(library, job) {
  const { testCase } = job;
  const payloads = new Payloads(testCase.size, testCase.window);
  const clients = await connectAtOnce(library, job, testCase.clients);
  const publishers = clients.map(
    (client, index) => new Publisher(library, client, testCase, index, payloads),
  );
  let published = 0;
  const messages = await warmThenMeasure(job, async (count) => {
    const end = published + count;
    if (testCase.mqttjs) {
      await publishWithCallbacks(publishers, count, testCase.window);
      published += count;
      return count;
    }
    const oneAfterTheOther = async (publisher) => {
      while (published < end) {
        published++;
        await publisher.publish();
      }
    };
    const loops = Array.from({ length: testCase.window }, (_, i) => publishers[i % publishers.length]);
    await Promise.all(loops.map(oneAfterTheOther));
    return count;
  });
  if (testCase.qos === 0) await Promise.all(clients.map((client) => fence(library, client)));
  await settle();
  await disconnectAll(library, clients);
  return { ...messages, connections: clients.length, published };
}

/**
 * Publishes messages with callbacks, as many at once as the window says. A callback may be called before the call
 * returns.
 */
function publishWithCallbacks(publishers, count, window) {
  return new Promise((resolve, reject) => {
    let begun = 0;
    let done = 0;
    let publishing = false;
    const onDone = (error) => {
      if (error) return reject(error);
      if (++done === count) return resolve();
      publishMore();
    };
    const publishMore = () => {
      if (publishing) return;
      publishing = true;
      while (begun < count && begun - done < window)
        publishers[begun++ % publishers.length].publishWithCallback(onDone);
      publishing = false;
    };
    publishMore();
  });
}

/**
 * Publishes a message after those of QoS 0; its acknowledgement shows that all have arrived. Some clients drop the rest
 * when they disconnect. It takes no part in the measurement.
 */
const fence = (library, client) => library.publish(client, "fence", Buffer.from("over"), { qos: 1 });

/** A client and its topics, which take turns. Each topic has a sequence of its own. */
class Publisher {
  #library;
  #client;
  #topics;
  #payloads;
  #options;
  #published = 0;

  constructor(library, client, { size, topics, qos }, index, payloads) {
    this.#library = library;
    this.#client = client;
    this.#topics = Array.from({ length: topics }, (_, i) => `sink/${size}/${index}-${i}`);
    this.#payloads = payloads;
    this.#options = { qos };
  }

  publish() {
    const [topic, payload] = this.#next();
    return this.#library.publish(this.#client, topic, payload, this.#options);
  }

  publishWithCallback(callback) {
    const [topic, payload] = this.#next();
    this.#library.publishWithCallback(this.#client, topic, payload, this.#options, callback);
  }

  #next() {
    const number = this.#published++;
    const { length } = this.#topics;
    return [this.#topics[number % length], this.#payloads.next(Math.floor(number / length))];
  }
}
