// Code that the programs share: their broker, and a witness that is always MQTT.js.

import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import { connectAsync } from "mqtt/index"; // a subpath, which the loader hook leaves alone

export const url = process.env.ECOSYSTEM_URL;
const patience = 20_000;

export const killBroker = () => ask("kill");
export const restartBroker = () => ask("restart");

async function ask(request) {
  process.send(request);
  await once(process, "message");
}

/** Resolves as soon as the condition holds. */
export async function until(what, condition) {
  const end = performance.now() + patience;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`It did not come about in time that ${what}`);
    await delay(20);
  }
}

/** Rejects when the work takes too long. */
export async function inTime(what, promise) {
  const timer = new AbortController();
  const end = delay(patience, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`It took too long: ${what}`);
  });
  try {
    return await Promise.race([promise, end]);
  } finally {
    timer.abort();
    end.catch(() => {});
  }
}

/** A client of MQTT.js that records the messages of all topics. */
export class Witness {
  messages = [];
  #client;

  static async start() {
    const witness = new Witness();
    witness.#client = await connectAsync(url, { reconnectPeriod: 100, protocolVersion: 5 });
    witness.#client.on("message", (topic, payload, { retain, properties }) =>
      witness.messages.push({ topic, text: payload.toString(), retain, properties }),
    );
    await witness.#client.subscribeAsync("#");
    return witness;
  }

  get connected() {
    return this.#client.connected;
  }

  publish(topic, text, options = { qos: 1 }) {
    return inTime(`publishing to ${topic}`, this.#client.publishAsync(topic, text, options));
  }

  /** Resolves with the first message that fits, now or later, and forgets everything up to it. */
  async saw(what, fits) {
    let index = -1;
    await until(`the witness saw ${what}`, () => {
      index = this.messages.findIndex(fits);
      return index >= 0;
    }).catch((error) => {
      const topics = this.messages.map(({ topic }) => topic);
      throw new Error(`${error.message}, but messages of ${topics.join(", ") || "no topic"}`);
    });
    return this.messages.splice(0, index + 1).at(-1);
  }

  end() {
    return this.#client.endAsync();
  }
}

/** Ends a program that has passed. Nothing else may keep the process alive. */
export function passed() {
  process.send("passed");
  process.disconnect();
}
