import { randomBytes } from "node:crypto";
import type { Connection } from "../connection/connection.ts";
import type { Message } from "../incoming/message.ts";
import { NO_OPTIONS, type PublishOptions } from "../options/call-options.ts";
import type { Settings } from "../options/settings.ts";
import type { CallLimits, TimeLimit } from "../options/time-limit.ts";
import { callContext } from "../outgoing/call-context.ts";
import type { Outgoing } from "../outgoing/outgoing.ts";
import type { Publisher } from "../outgoing/publisher.ts";
import type { PublishResult } from "../outgoing/results.ts";
import type { Subscriber } from "../outgoing/subscriber.ts";
import type { Destination } from "../outgoing/subscription-table.ts";
import { ownBytes, type Payload, toBytes } from "../packets/payload.ts";
import { inContext, MqttError } from "../protocol/errors.ts";
import { type Topic, toText, validateTopic } from "../protocol/topic.ts";
import type { Router } from "../streams/router.ts";
import { PendingRequest } from "./pending-request.ts";
import { parseRequest, type RequestOptions, type RequestSettings } from "./request-options.ts";
import { ResponseError } from "./response-error.ts";

const NO_MATCHING_SUBSCRIBERS = 0x10;
/** The user property of a response that is an error. */
export const ERROR_PROPERTY = "error";

/** The surroundings of the requests of one client. */
export interface RequestsParts {
  readonly subscriber: Subscriber;
  readonly router: Router;
  readonly publisher: Publisher;
  readonly outgoing: Outgoing;
  readonly timeLimit: TimeLimit;
  readonly connection: Connection;
  /** Waits for the next connection. */
  whenReady(limits: CallLimits): Promise<void>;
}

/** A request, and the publish that carries it. */
interface Entry {
  readonly pending: PendingRequest;
  readonly topic: string;
  readonly payload: string | Uint8Array | undefined;
  options: PublishOptions;
  readonly resend: boolean;
  /** The token of the publish, while it is queued or in flight. */
  token: number | undefined;
  /** Whether the publish has been written, or acknowledged at QoS 1 and 2. */
  isDone: boolean;
  /** The number of the publish, which is made again after some losses. */
  attempt: number;
}

/** The requests of one client, and their response topics. */
export class Requests {
  readonly #settings: Settings;
  readonly #parts: RequestsParts;
  readonly #entries = new Map<string, Entry>();
  /** The subscriptions to response topics, by topic. */
  readonly #responseTopics = new Map<string, Responses>();
  #ownTopic: string | undefined;
  #lastRequest = 0;
  /** Whether a connection is being made, so that the client's timeout stands still. */
  #isPaused = false;
  #late = 0;

  constructor(settings: Settings, parts: RequestsParts) {
    this.#settings = settings;
    this.#parts = parts;
  }

  /** The number of requests whose response has not come. */
  get pending(): number {
    return this.#entries.size;
  }

  /** The number of responses without a pending request. */
  get late(): number {
    return this.#late;
  }

  /** Makes a request as `Client.request` does. */
  async request(topic: string | Topic, payload: Payload, options: RequestOptions): Promise<Message> {
    const settings = parseRequest(options, this.#settings.protocol);
    const name = toText(topic);
    validateTopic(name);
    const limits = this.#parts.timeLimit.of(settings.publish);
    const bytes = ownBytes(toBytes(payload));
    const key = this.#nextKey();
    const context = () => callContext("request to", name, this.#parts.connection.broker);
    const pending = new PendingRequest(limits, this.#isPaused, context, () => this.#forget(key));
    const publish = { ...settings.publish, timeout: Number.POSITIVE_INFINITY, signal: undefined };
    const entry: Entry = {
      ...{ pending, topic: name, payload: bytes, options: publish, resend: settings.resend },
      ...{ token: undefined, isDone: false, attempt: 0 },
    };
    this.#entries.set(key, entry);
    this.#subscribe(entry, key, settings, limits).catch((error: unknown) => pending.reject(error));
    return pending.promise;
  }

  /** Subscribes to the response topic, and publishes then. */
  async #subscribe(entry: Entry, key: string, settings: RequestSettings, limits: CallLimits): Promise<void> {
    const { responseQos } = settings;
    await this.#whenConnected(limits);
    const responseTopic = settings.responseTopic ?? this.#chooseTopic(responseQos);
    const { properties } = settings.publish;
    const filled = { ...properties, responseTopic, correlationData: Buffer.from(key, "latin1") };
    entry.options = { ...entry.options, properties: filled };
    await this.#openResponses(responseTopic, responseQos).ready;
    if (!entry.pending.hasEnded) this.#publish(entry);
  }

  #publish(entry: Entry): void {
    const { topic, payload, options } = entry;
    const attempt = ++entry.attempt;
    entry.isDone = false;
    entry.token = undefined;
    const onToken = (token: number) => {
      entry.token = token;
    };
    this.#parts.publisher.publish(topic, payload, options, onToken).then(
      (result) => this.#onPublished(entry, attempt, result),
      (error: unknown) => this.#onUnpublished(entry, attempt, error),
    );
  }

  #onPublished(entry: Entry, attempt: number, { reasonCode }: PublishResult): void {
    if (entry.attempt !== attempt) return;
    entry.token = undefined;
    entry.isDone = true;
    if (reasonCode.value !== NO_MATCHING_SUBSCRIBERS) return;
    entry.pending.fail(
      (context) =>
        new MqttError("Nobody responds to this topic", { code: "NO_RESPONDER", sent: true, context }),
    );
  }

  #onUnpublished(entry: Entry, attempt: number, error: unknown): void {
    if (entry.attempt !== attempt) return;
    entry.token = undefined;
    if (!(error instanceof MqttError)) entry.pending.reject(error);
    else if (error.code === "SESSION_LOST") this.#onUncertain(entry, error);
    else entry.pending.reject(error);
  }

  /** A request may have been carried out: it is sent again, or rejects. */
  #onUncertain(entry: Entry, cause: MqttError): void {
    if (entry.resend) {
      this.#publish(entry);
      return;
    }
    entry.pending.fail(
      (context) =>
        new MqttError("The connection was lost before the response came", {
          ...{ code: "CONNECTION_LOST", sent: true, cause, context },
        }),
    );
  }

  /** Waits for the first connection, if one is being made. Its CONNACK may name the prefix of response topics. */
  async #whenConnected(limits: CallLimits): Promise<void> {
    const { connection } = this.#parts;
    if (connection.info !== undefined) return;
    connection.sessionFor(this.#settings.whileDisconnected === "wait"); // throws without a connection
    await this.#parts.whenReady(limits);
  }

  // ---- response topics ----

  #chooseTopic(responseQos: 0 | 1 | 2): string {
    this.#ownTopic ??= `${this.#parts.connection.responsePrefix}/${randomBytes(12).toString("hex")}`;
    return responseQos === 0 ? this.#ownTopic : `${this.#ownTopic}/${responseQos}`;
  }

  #openResponses(topic: string, qos: 0 | 1 | 2): Responses {
    const known = this.#responseTopics.get(topic);
    if (known !== undefined && known.qos === qos && !known.hasFailed) return known;
    const { subscriber, router, timeLimit } = this.#parts;
    const wanted = [{ filter: topic, options: qos, properties: undefined }];
    router.activate();
    const responses = new Responses(qos, (message) => this.#onResponse(message));
    responses.ready = subscriber.subscribeStream({ wanted, limits: timeLimit.of(NO_OPTIONS) }, responses);
    responses.ready.catch(() => {
      responses.hasFailed = true;
      if (this.#responseTopics.get(topic) === responses) this.#responseTopics.delete(topic);
      const limits = timeLimit.of(NO_OPTIONS);
      subscriber.release({ filters: [topic], properties: undefined, limits }, responses).catch(() => {});
    });
    this.#responseTopics.set(topic, responses);
    return responses;
  }

  #onResponse(message: Message): void {
    const { correlationData, userProperties } = message.properties ?? {};
    const entry = correlationData && this.#entries.get(correlationData.toString("latin1"));
    if (entry === undefined) {
      this.#late++;
      return;
    }
    const text = userProperties?.find(([name]) => name === ERROR_PROPERTY)?.[1];
    if (text === undefined) entry.pending.resolve(message);
    else entry.pending.fail((context) => new ResponseError(text, { response: message, context }));
  }

  // ---- the connection ----

  /** The program connects a client that reconnects. */
  onConnecting(): void {
    this.#isPaused = true;
  }

  /** The connection is lost, and another one is being made. */
  onInterrupted(error: MqttError): void {
    this.#isPaused = true;
    for (const entry of [...this.#entries.values()]) {
      entry.pending.pause();
      if (entry.isDone && (entry.options.qos ?? 0) === 0 && !entry.resend) this.#onUncertain(entry, error);
    }
  }

  /** There is a connection. `isResumed`: the broker still has the session. */
  onConnected(isResumed: boolean): void {
    this.#isPaused = false;
    const lost = new MqttError("The broker has lost the session", { code: "SESSION_LOST", sent: true });
    for (const entry of [...this.#entries.values()]) {
      entry.pending.resume();
      const hasQos = (entry.options.qos ?? 0) > 0;
      if (isResumed && hasQos) continue;
      if (entry.isDone) this.#onUncertain(entry, lost);
      else if (hasQos && entry.token !== undefined) this.#withdraw(entry, lost);
    }
  }

  /** Withdraws a publish that the session has lost. If it was never sent, it is queued again. */
  #withdraw(entry: Entry, lost: MqttError): void {
    const { token } = entry;
    if (token === undefined) return;
    const isUnsent = this.#parts.outgoing.withdraw(token);
    entry.attempt++; // the withdrawn publish has no consequences
    this.#parts.outgoing.reject(token, lost);
    if (isUnsent) this.#publish(entry);
    else this.#onUncertain(entry, lost);
  }

  /** The client has no connection, and makes none. */
  end(error: MqttError): void {
    this.#isPaused = false;
    this.#responseTopics.clear();
    for (const { pending } of [...this.#entries.values()])
      pending.fail((context) => inContext(error, context));
  }

  #forget(key: string): void {
    const entry = this.#entries.get(key);
    this.#entries.delete(key);
    if (entry?.token === undefined) return;
    // Its publish is not sent any more, if nothing of it has been written.
    const { token } = entry;
    entry.attempt++;
    this.#parts.outgoing.reject(token, new MqttError("The request has ended", { code: "ABORTED" }));
  }

  #nextKey(): string {
    const key = Buffer.allocUnsafe(12);
    randomBytes(8).copy(key);
    this.#lastRequest = (this.#lastRequest + 1) >>> 0;
    key.writeUInt32BE(this.#lastRequest, 8);
    return key.toString("latin1");
  }
}

/** The destination of the messages of a response topic. */
class Responses implements Destination {
  readonly mergesCopies = true;
  readonly qos: 0 | 1 | 2;
  readonly push: (message: Message) => void;
  ready: Promise<unknown> = Promise.resolve();
  hasFailed = false;

  constructor(qos: 0 | 1 | 2, push: (message: Message) => void) {
    this.qos = qos;
    this.push = push;
  }

  /** Responses are acknowledged when they are there. */
  pushDeferred(message: Message): void {
    this.push(message);
  }

  /** The broker has refused the renewed subscription: the next request subscribes again. */
  refuse(): void {
    this.hasFailed = true;
  }
}
