import { readFileSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { MqttError, PublishOptions, PublishProperties } from "mqtt-native";
import { Broker } from "../connection/broker.ts";
import { EXIT, formatError, toRefusal } from "../connection/failures.ts";
import type { Io } from "../frame/io.ts";
import { toBytes } from "../frame/raw-words.ts";
import { splitLines } from "./lines.ts";
import type { PubSettings, Source } from "./settings.ts";
import { Window } from "./window.ts";

type Settings = PubSettings & { topic: string; source: Source };

/** Publishes what the flags say, and resolves to the exit code. */
export async function publishAll(settings: Settings, io: Io): Promise<number> {
  const { source, reconnect = source.kind === "lines" } = settings;
  let payload: Uint8Array | undefined;
  try {
    payload = await readPayload(source, io);
  } catch (error) {
    if (!settings.quiet) io.errors.write(`Error: ${formatError(error)}\n`);
    return EXIT.failure;
  }
  const { topicAlias } = settings.properties.publish ?? {};
  const extra = topicAlias === undefined ? {} : { topicAliases: "off" as const };
  const broker = await Broker.create(settings, io, reconnect, extra);
  const failure = await broker.connect();
  if (failure) return broker.fail(failure);
  const publisher = new Publisher(settings, broker, io);
  if (payload === undefined) await publisher.publishLines(io.input);
  else await publisher.repeat(payload);
  if (publisher.exitCode !== EXIT.lost) await broker.disconnect();
  return publisher.exitCode;
}

/** Returns the payload; undefined if the lines of standard input are the payloads. */
async function readPayload(source: Source, io: Io): Promise<Uint8Array | undefined> {
  if (source.kind === "lines") return undefined;
  if (source.kind === "file") return readFileSync(source.file);
  if (source.kind === "text") return toBytes(source.text);
  if (source.kind === "null") return new Uint8Array();
  const payload = await buffer(io.input);
  if (payload.length === 0) throw new Error("Zero length input.");
  return payload;
}

/** Publishes one message after the other. After a failure it publishes no more. */
class Publisher {
  exitCode: number = 0;
  readonly #settings: Settings;
  readonly #broker: Broker;
  readonly #io: Io;
  readonly #options: PublishOptions;
  #count = 0;

  constructor(settings: Settings, broker: Broker, io: Io) {
    const { qos, retain, version } = settings;
    this.#settings = settings;
    this.#broker = broker;
    this.#io = io;
    const { topicAlias, ...others } = settings.properties.publish ?? {};
    // An alias saves bytes on this connection only. It is left out where a repeat could outlive the connection.
    const properties = qos === 0 && topicAlias !== undefined ? { ...others, topicAlias } : others;
    const isV5 = version === "5" && Object.keys(properties).length > 0;
    this.#options = { qos, retain, ...(isV5 ? { properties: properties as PublishProperties } : {}) };
  }

  /** Publishes a payload as often as the flags say, each time after the answer to the last one. */
  async repeat(payload: Uint8Array): Promise<void> {
    const { repeat, repeatDelay } = this.#settings;
    for (let round = 0; round < repeat && this.exitCode === 0; round++) {
      if (round > 0 && repeatDelay > 0) await delay(repeatDelay * 1000);
      await this.#publish(payload);
    }
  }

  /** Publishes each line of an input, with a limit on the calls that are under way. */
  async publishLines(input: AsyncIterable<Uint8Array>): Promise<void> {
    const window = new Window();
    try {
      for await (const line of splitLines(input)) {
        window.add(line.length, this.#publish(line));
        await window.room();
        if (this.exitCode !== 0) return;
      }
    } catch (error) {
      this.exitCode = this.#broker.fail({ message: `Error: ${formatError(error)}`, exitCode: EXIT.failure });
    }
    await window.empty();
  }

  /** Publishes one message. It never rejects: a failure sets the exit code. */
  async #publish(payload: Uint8Array): Promise<void> {
    const { topic, qos, retain } = this.#settings;
    const { trace, client } = this.#broker;
    const number = trace?.publish(topic, payload.length, qos, retain) ?? 0;
    const count = ++this.#count;
    try {
      const { mid, reasonCode } = await client.publish(topic, payload, this.#options);
      trace?.published(number, qos, reasonCode.value);
      this.#report(mid, reasonCode.value);
    } catch (error) {
      this.#failed(error, number, count);
    }
  }

  #failed(error: unknown, number: number, count: number): void {
    const refusal = toRefusal(error);
    if (refusal?.sent) {
      this.#broker.trace?.published(number, this.#settings.qos, refusal.reasonCode.value);
      this.#broker.warn(`Warning: Publish ${count} failed: ${refusal.reasonCode.name}.`);
      const reason = refusal.properties?.reasonString;
      if (reason !== undefined) this.#broker.warn(reason);
      this.#report(undefined, refusal.reasonCode.value);
      return;
    }
    if (this.exitCode !== 0) return; // the first failure has been reported
    if (refusal) {
      const message = `Error: The broker does not take the message: ${refusal.reasonCode.name}.`;
      this.exitCode = this.#broker.fail({ message, exitCode: EXIT.tooLarge });
    } else if (error instanceof TypeError || error instanceof RangeError) {
      this.exitCode = this.#broker.fail({ message: `Error: ${error.message}`, exitCode: EXIT.failure });
    } else this.exitCode = this.#broker.fail(this.#broker.lost(error as MqttError));
  }

  #report(mid: number | undefined, reasonCode: number): void {
    const { json, topic, qos } = this.#settings;
    if (json) this.#io.output.write(`${JSON.stringify({ topic, qos, mid, reasonCode })}\n`);
  }
}
