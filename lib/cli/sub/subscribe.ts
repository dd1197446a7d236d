import { clearTimeout, setTimeout } from "node:timers";
import {
  type Message,
  type MessageIterator,
  MqttCodeError,
  MqttError,
  type SubscribeOptions,
  type SubscribeProperties,
  type UnsubscribeProperties,
} from "mqtt-native";
import { Broker, type ExtraOptions } from "../connection/broker.ts";
import { EXIT, formatError } from "../connection/failures.ts";
import type { Io } from "../frame/io.ts";
import { Printer } from "./printer.ts";
import type { SubSettings } from "./settings.ts";

/** The exit code of mosquitto's clients for a signal before there is a connection. */
const INTERRUPTED = 255;
/** MQTT 5: the broker publishes the will at the DISCONNECT with this reason code. */
const WITH_WILL = 0x04;
/** The number of messages after which they are written and acknowledged although others wait. */
const MOST_UNACKNOWLEDGED = 100;
/** Beyond this count the default of mosquitto's clients for the Receive Maximum holds. */
const MOST_IN_FLIGHT = 20;

/** Prints messages as the flags say, and resolves to the exit code. */
export async function printMessages(settings: SubSettings, io: Io): Promise<number> {
  const { reconnect, count, qos } = settings;
  const extra: ExtraOptions = {
    ...(count < MOST_IN_FLIGHT ? { receiveMaximum: count } : {}),
    // A message that was not printed stays with the broker, if the session outlives the connection.
    ...(qos > 0 ? { acknowledge: "manual" } : {}),
  };
  const broker = await Broker.create(settings, io, reconnect, extra);
  const subscriber = new Subscriber(settings, broker, io);
  const stopWatching = io.onInterrupt(() => subscriber.interrupt());
  const timer = subscriber.startTimer();
  try {
    return await subscriber.run();
  } finally {
    clearTimeout(timer);
    stopWatching();
  }
}

class Subscriber {
  readonly #settings: SubSettings;
  readonly #broker: Broker;
  readonly #io: Io;
  readonly #printer: Printer;
  #iterator: MessageIterator | undefined;
  readonly #stopped: Promise<void>;
  #resolveStopped = (): void => {};
  #exitCode: number | undefined;
  #reasonCode = 0;
  #printed = 0;
  #unacknowledged: Message[] = [];
  readonly #removals = new Set<Promise<void>>();

  constructor(settings: SubSettings, broker: Broker, io: Io) {
    this.#settings = settings;
    this.#broker = broker;
    this.#io = io;
    this.#printer = new Printer(settings, io);
    this.#stopped = new Promise((resolve) => {
      this.#resolveStopped = resolve;
    });
  }

  /** Ends the command because of a signal. */
  interrupt(): void {
    this.#stop(this.#iterator ? 0 : INTERRUPTED, WITH_WILL);
  }

  /** Starts the timer of `-W`. */
  startTimer(): NodeJS.Timeout | undefined {
    const { timeout } = this.#settings;
    if (timeout === Number.POSITIVE_INFINITY) return undefined;
    return setTimeout(() => {
      this.#printer.flush();
      this.#broker.warn("Timed out");
      this.#stop(EXIT.timeout, WITH_WILL);
    }, timeout * 1000);
  }

  async run(): Promise<number> {
    const failure = await this.#broker.connect();
    if (this.#exitCode !== undefined) return this.#exitCode;
    if (failure) return this.#broker.fail(failure);
    const { client } = this.#broker;
    const iterator = client.messages[Symbol.asyncIterator]();
    this.#iterator = iterator;
    // The messages of a resumed session need no subscription. All others are printed behind the answer to it.
    const printing = client.connection?.sessionPresent ? this.#printAll(iterator) : undefined;
    await Promise.race([this.#subscribe(), this.#stopped]);
    await (printing ?? this.#printAll(iterator));
    await Promise.all(this.#removals);
    if (this.#broker.client.state !== "disconnected") await this.#broker.disconnect(this.#reasonCode);
    return this.#exitCode ?? 0;
  }

  async #subscribe(): Promise<void> {
    const { client, trace } = this.#broker;
    const { topics, unsubscribes, exitAfterSubscribing, quiet, properties } = this.#settings;
    const options = this.#subscribeOptions();
    const number = trace?.subscribe(topics, options) ?? 0;
    const own = properties.subscribe as SubscribeProperties | undefined;
    const isV5 = this.#settings.version === "5";
    const subscribing = client.subscribe(topics, { ...options, ...(isV5 && own ? { properties: own } : {}) });
    const unsubscribing = unsubscribes.map((filter) => this.#unsubscribe(filter));
    try {
      const codes = await subscribing;
      trace?.subscribed(
        number,
        codes.map(({ value }) => value),
        quiet,
      );
    } catch (error) {
      this.#refused(error, number);
    }
    await Promise.all(unsubscribing);
    if (exitAfterSubscribing) this.#stop(0);
  }

  #subscribeOptions(): SubscribeOptions {
    const { qos, version, retainAsPublished, noRetained, removeRetained } = this.#settings;
    if (version !== "5") return { qos };
    // The broker must send the retained messages that will be removed.
    return { qos, retainAsPublished, retainHandling: noRetained && !removeRetained ? 2 : 0 };
  }

  #refused(error: unknown, number: number): void {
    if (this.#exitCode !== undefined) return;
    if (!(error instanceof MqttCodeError) || error.reasonCodes.length === 0) {
      // A lost connection is reported by the iteration.
      if (error instanceof MqttError && !(error instanceof MqttCodeError)) return;
      this.#broker.warn(`Error: ${formatError(error)}`);
      this.#stop(EXIT.failure);
      return;
    }
    const { reasonCodes } = error;
    this.#broker.trace?.subscribed(
      number,
      reasonCodes.map(({ value }) => value),
      this.#settings.quiet,
    );
    if (!reasonCodes.every(({ isFailure }) => isFailure)) return;
    this.#broker.warn("All subscription requests were denied.");
    this.#stop(0);
  }

  async #unsubscribe(filter: string): Promise<void> {
    const { client, trace } = this.#broker;
    const { unsubscribe: properties } = this.#settings.properties;
    const isV5 = this.#settings.version === "5" && properties !== undefined;
    trace?.unsubscribe(filter);
    try {
      await client.unsubscribe(filter, isV5 ? { properties: properties as UnsubscribeProperties } : {});
      trace?.unsubscribed();
    } catch {
      // Mosquitto's clients do not say how unsubscribing went.
    }
  }

  async #printAll(iterator: MessageIterator): Promise<void> {
    try {
      for await (const message of iterator) {
        if (this.#exitCode !== undefined) break;
        this.#take(message);
        if (
          iterator.length === 0 ||
          this.#unacknowledged.length >= MOST_UNACKNOWLEDGED ||
          this.#broker.trace
        ) {
          this.#flush();
        }
      }
    } catch (error) {
      if (this.#exitCode === undefined)
        this.#exitCode = this.#broker.fail(this.#broker.lost(error as MqttError));
    }
    this.#flush();
  }

  /** Writes the messages of the last calls of `take`, and then acknowledges them. */
  #flush(): void {
    this.#printer.flush();
    if (this.#io.output.failed) this.#stop(0);
    else for (const message of this.#unacknowledged) message.acknowledge();
    this.#unacknowledged = [];
  }

  /** Prints a message, unless a flag says otherwise. */
  #take(message: Message): void {
    const { noRetained, retainedOnly, removeRetained, filterOuts, count } = this.#settings;
    this.#broker.trace?.received(message);
    if (message.qos > 0) this.#unacknowledged.push(message);
    if (retainedOnly && !message.retain) {
      this.#stop(0);
      return;
    }
    const isShown = !(message.retain && noRetained);
    if (!isShown && !removeRetained) return;
    if (filterOuts.some((filter) => message.topic.matches(filter))) return;
    if (message.retain && removeRetained) this.#remove(message.topic.value);
    if (!isShown) return;
    this.#printer.print(message);
    if (++this.#printed === count) this.#stop(0);
  }

  #remove(topic: string): void {
    const { client, trace } = this.#broker;
    const number = trace?.publish(topic, 0, 1, true) ?? 0;
    const removal = client.publish(topic, null, { qos: 1, retain: true }).then(
      ({ reasonCode }) => trace?.published(number, 1, reasonCode.value),
      (error) => this.#broker.warn(`Warning: ${topic} was not removed: ${formatError(error)}`),
    );
    this.#removals.add(removal.finally(() => this.#removals.delete(removal)));
  }

  #stop(exitCode: number, reasonCode = 0): void {
    if (this.#exitCode !== undefined) return;
    this.#exitCode = exitCode;
    this.#reasonCode = reasonCode;
    this.#resolveStopped();
    if (this.#iterator) void this.#iterator.return();
    else void this.#broker.client.disconnect();
  }
}
