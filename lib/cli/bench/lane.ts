import type { Client, PublishOptions, PublishProperties } from "mqtt-native";
import type { BenchSettings } from "./settings.ts";
import { type Stamp, writeStamp } from "./stamp.ts";

/** One publisher, with a topic of its own. */
export class Lane {
  readonly client: Client;
  /** Deliveries that have not come, of the messages that were published. */
  outstanding = 0;
  readonly #topic: string;
  readonly #payload: Buffer;
  readonly #options: PublishOptions;
  readonly #stamp: { -readonly [member in keyof Stamp]: Stamp[member] };

  constructor(client: Client, topic: string, lane: number, { qos, size, properties }: BenchSettings) {
    this.client = client;
    this.#topic = topic;
    this.#payload = Buffer.alloc(size, "x");
    const { publish } = properties;
    this.#options = publish === undefined ? { qos } : { qos, properties: publish as PublishProperties };
    this.#stamp = { due: 0, lane };
  }

  /** Publishes a message that was due at this time, in milliseconds of `clock()`. */
  publish(due: number): Promise<unknown> {
    this.#stamp.due = due;
    // The client has copied the payload when `publish` returns.
    writeStamp(this.#payload, this.#stamp);
    return this.client.publish(this.#topic, this.#payload, this.#options);
  }
}
