import type { Connection } from "../connection/connection.ts";
import type { LateAcknowledgement } from "../connection/late-acknowledgement.ts";
import { Messages } from "../incoming/messages.ts";
import { OPTIONS, type UnsubscribeCallOptions, validateOptions } from "../options/call-options.ts";
import { requireV5, type Settings } from "../options/settings.ts";
import type { TimeLimit } from "../options/time-limit.ts";
import type { Subscriber } from "../outgoing/subscriber.ts";
import type { Subscriptions } from "../outgoing/subscription.ts";
import { encodeProperties } from "../packets/properties.ts";
import type { MqttError } from "../protocol/errors.ts";
import type { Log } from "../util/logger.ts";
import type { Timeouts } from "../util/timeouts.ts";
import { MessageStream, type StreamHost } from "./message-stream.ts";
import type { Router } from "./router.ts";
import { parseStreamQueue, STREAM_OPTIONS, type StreamOptions } from "./stream-options.ts";

/** The surroundings of the streams of one client. */
export interface StreamsParts {
  readonly subscriber: Subscriber;
  readonly router: Router;
  readonly timeLimit: TimeLimit;
  readonly timeouts: Timeouts;
  readonly log: Log;
  readonly connection: Connection;
  readonly lateAcknowledgement: LateAcknowledgement;
}

const FIRST_SWEEP = 16;

/** The streams of one client. */
export class Streams implements StreamHost {
  readonly #settings: Settings;
  readonly #parts: StreamsParts;
  readonly #open = new Set<MessageStream>();
  /** The streams that have ended since the last connection was made, with messages that are not acknowledged. */
  readonly #ended = new Set<MessageStream>();
  /** The number of these streams at which those without such messages are forgotten. */
  #nextSweep = FIRST_SWEEP;
  /** The messages that streams dropped which have ended. */
  #dropped = 0;
  /** The peak of the streams that have ended. */
  #peak = 0;

  constructor(settings: Settings, parts: StreamsParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** The greatest number of messages that one stream has had in its queue. */
  get peak(): number {
    let peak = this.#peak;
    for (const stream of this.#open) peak = Math.max(peak, stream.peak);
    return peak;
  }

  /** The number of messages that streams have dropped. */
  get dropped(): number {
    let dropped = this.#dropped;
    for (const stream of this.#open) dropped += stream.dropped;
    return dropped;
  }

  /** The number of messages in the queues of streams that have not ended. */
  get queued(): number {
    let queued = 0;
    for (const { length } of this.#open) queued += length;
    return queued;
  }

  /** Makes a stream as `Client.stream` does. */
  async open(topic: Subscriptions, options: StreamOptions): Promise<MessageStream> {
    const { subscriber, router, timeLimit, log, timeouts, connection, lateAcknowledgement } = this.#parts;
    const broker = () => connection.broker;
    const call = subscriber.parse(topic, options, STREAM_OPTIONS);
    const queue = parseStreamQueue(options, this.#settings.acknowledge);
    const filters = Object.freeze(call.wanted.map(({ filter }) => filter));
    const messages = new Messages({ ...queue, log, timeouts, broker });
    if (queue.acknowledge !== "received") lateAcknowledgement.onStream();
    const stream = new MessageStream({ filters, messages, host: this });
    if (this.#settings.reconnect !== undefined && connection.info === undefined) {
      subscriber.planStream(call, stream);
      router.activate();
      this.#open.add(stream);
      return stream;
    }
    router.activate();
    this.#open.add(stream);
    try {
      stream.reasonCodes = await subscriber.subscribeStream(call, stream);
    } catch (error) {
      this.#open.delete(stream);
      stream.abandon();
      // The filters that the broker has granted, or may have granted.
      const limits = timeLimit.of({});
      subscriber.release({ filters, properties: undefined, limits }, stream).catch(() => {});
      throw error;
    }
    return stream;
  }

  /** Ends all streams. Undefined: the program has disconnected. */
  end(error: MqttError | undefined): void {
    const streams = [...this.#open];
    if (error === undefined) for (const each of [...streams, ...this.#ended]) each.depart();
    for (const stream of streams) stream.end(error);
  }

  /** There is a connection. A resumed session delivers unacknowledged messages again. */
  onConnected(isResumed: boolean): void {
    if (isResumed) for (const stream of [...this.#open, ...this.#ended]) stream.skipUnacknowledged();
    this.#ended.clear();
  }

  /** Gives out no more messages. Resolves when no body runs. */
  async drain(): Promise<void> {
    await Promise.all([...this.#open].map((stream) => stream.drain()));
  }

  /** Keeps a stream until the next connection, or until its messages are acknowledged. */
  #keepEnded(stream: MessageStream): void {
    this.#ended.add(stream);
    if (this.#ended.size < this.#nextSweep) return;
    for (const each of this.#ended) if (!each.hasUnacknowledged) this.#ended.delete(each);
    this.#nextSweep = Math.max(FIRST_SWEEP, this.#ended.size * 2);
  }

  // ---- StreamHost ----

  onGivenUp(messages: number): void {
    if (messages === 0) return;
    this.#parts.log.warn(
      `A stream was disposed: ${messages} messages are not acknowledged on this connection.`,
    );
  }

  checkUnsubscribe(options: UnsubscribeCallOptions = {}): void {
    validateOptions(options, OPTIONS.unsubscribe);
    if (options.properties !== undefined) requireV5("properties", this.#settings.protocol);
    encodeProperties("unsubscribe", options.properties); // throws for invalid ones
    this.#parts.timeLimit.of(options);
  }

  async unsubscribe(stream: MessageStream, options: UnsubscribeCallOptions = {}): Promise<void> {
    const { subscriber, timeLimit } = this.#parts;
    const { filters } = stream;
    const { properties } = options;
    await subscriber.release({ filters, properties, limits: timeLimit.of(options) }, stream);
  }

  onEnd(stream: MessageStream): void {
    if (!this.#open.delete(stream)) return;
    this.#dropped += stream.dropped;
    this.#peak = Math.max(this.#peak, stream.peak);
    if (stream.hasUnacknowledged) this.#keepEnded(stream);
  }
}
