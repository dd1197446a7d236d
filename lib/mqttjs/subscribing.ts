import type { Completion } from "../native/event-batch.ts";
import { outcomeError } from "../outgoing/outcomes.ts";
import { setImmediate } from "../util/timers.ts";
import type { Core } from "./core.ts";
import { callSafely, succeed } from "./emit.ts";
import type { Pending } from "./outgoing.ts";
import type { ISubackPacket, ISubscribePacket, IUnsubscribePacket, QoS } from "./packets.ts";
import { ReasonCodes } from "./reason-codes.ts";
import { toSubackPacket, toUnsubackPacket } from "./received-packets.ts";
import { ErrorWithReasonCode, ErrorWithSubackPacket } from "./shared.ts";
import type {
  ClientSubscribeCallback,
  IClientSubscribeOptions,
  IClientSubscribeProperties,
  IClientUnsubscribeProperties,
  ISubscriptionGrant,
  ISubscriptionMap,
  ISubscriptionRequest,
  PacketCallback,
} from "./types.ts";
import { validateTopics } from "./validations.ts";

const FAILURE = 0x80;
const NONE: { callback: ClientSubscribeCallback } = { callback: () => {} };

/** Subscribes and unsubscribes of one client. */
export class Subscribing {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  subscribe(
    topicObject: string | string[] | ISubscriptionMap,
    opts: IClientSubscribeOptions | IClientSubscribeProperties | null | undefined,
    callback: ClientSubscribeCallback = NONE.callback,
  ): void {
    const core = this.#core;
    const { topics, own } = listed(topicObject);
    const invalid = validateTopics(topics);
    if (invalid !== null) {
      setImmediate(() => callback(new Error(`Invalid topic ${invalid}`)));
      return;
    }
    if (core.refusesCalls(callback === NONE.callback ? undefined : (callback as (error?: Error) => void)))
      return;
    const defaults: IClientSubscribeOptions = {
      qos: 0,
      ...(core.isV5 && { nl: false, rap: false, rh: 0 }),
      ...opts,
    };
    const requests = topics
      .filter((topic) => !core.remembered.covers(topic, (own(topic) ?? defaults).qos))
      .map((topic) => toRequest(topic, own(topic) ?? defaults, defaults.properties, core.isV5));
    if (requests.length === 0) {
      callback(null, []);
      return;
    }
    core.defer(() => this.#send(requests, defaults.properties, callback));
  }

  /** Subscribes again what is remembered, on a new session. */
  resubscribe(): void {
    const core = this.#core;
    const entries = core.remembered.entries();
    if (entries.length === 0) return;
    const toPlain = ([topic, options]: [string, IClientSubscribeOptions], properties = options.properties) =>
      toRequest(topic, options, properties, core.isV5);
    if (!core.isV5)
      this.#send(
        entries.map((entry) => toPlain(entry)),
        undefined,
        NONE.callback,
      );
    else for (const entry of entries) this.#send([toPlain(entry)], entry[1].properties, NONE.callback);
  }

  /** Sends SUBSCRIBE packets. Returns false without a free identifier for each. */
  #send(
    requests: ISubscriptionRequest[],
    properties: ISubscribePacket["properties"],
    callback: ClientSubscribeCallback,
  ): boolean {
    const core = this.#core;
    const size = core.client.options.subscribeBatchSize || requests.length;
    const batches: ISubscriptionRequest[][] = [];
    for (let at = 0; at < requests.length; at += size) batches.push(requests.slice(at, at + size));
    const ids = batches.map(() => core.ids.allocate());
    if (ids.includes(null)) {
      for (const id of ids) if (id !== null) core.ids.deallocate(id);
      return false;
    }
    let open = batches.length;
    let isOver = false;
    const done = (error: ErrorWithSubackPacket | null, suback: ISubackPacket | undefined) => {
      open--;
      if (isOver || (error === null && open > 0)) return;
      isOver = true;
      callSafely(callback, error, requests as ISubscriptionGrant[], suback);
    };
    for (const [index, batch] of batches.entries()) this.#sendBatch(batch, ids[index] ?? 0, properties, done);
    return true;
  }

  #sendBatch(
    batch: ISubscriptionRequest[],
    messageId: number,
    properties: ISubscribePacket["properties"],
    done: (error: ErrorWithSubackPacket | null, suback: ISubackPacket | undefined) => void,
  ): void {
    const core = this.#core;
    const { client } = core;
    const packet: ISubscribePacket = { cmd: "subscribe", subscriptions: batch, messageId };
    if (properties) packet.properties = properties;
    if (client.options.resubscribe) {
      const isRemembered = (client.options.reconnectPeriod ?? 0) > 0;
      if (isRemembered)
        for (const request of batch) core.remembered.set(request.topic, remembered(request, core.isV5));
      client.messageIdToTopic[messageId] = isRemembered ? batch.map(({ topic }) => topic) : [];
    }
    this.#request(packet, (error, answer) => {
      const suback = answer as ISubackPacket | undefined;
      if (error) return done(new ErrorWithSubackPacket(error.message, suback as ISubackPacket), suback);
      for (const [index, code] of (suback?.granted ?? []).entries()) {
        const request = batch[index];
        if (request !== undefined) request.qos = code as QoS;
      }
      done(null, suback);
    });
  }

  unsubscribe(
    topic: string | string[],
    opts: IClientUnsubscribeProperties | null | undefined,
    callback: PacketCallback | undefined,
  ): void {
    const core = this.#core;
    const topics = typeof topic === "string" ? [topic] : topic;
    const invalid = validateTopics(topics);
    if (invalid !== null) {
      setImmediate(() => callback?.(new Error(`Invalid topic ${invalid}`)));
      return;
    }
    if (core.refusesCalls(callback)) return;
    core.defer(() => {
      const messageId = core.ids.allocate();
      if (messageId === null) return false;
      const packet: IUnsubscribePacket = { cmd: "unsubscribe", messageId, unsubscriptions: topics };
      if (core.client.options.resubscribe) for (const each of topics) core.remembered.delete(each);
      if (opts?.properties) packet.properties = opts.properties;
      this.#request(packet, callback ?? core.client.noop);
      return true;
    });
  }

  /** Sends a request, or queues it without a connection. */
  #request(packet: ISubscribePacket | IUnsubscribePacket, cb: PacketCallback): void {
    const core = this.#core;
    const { client } = core;
    const pending = core.outgoing.add(packet, cb);
    if (client.connected) this.send(pending);
    else client.queue.push({ packet, cb: client.noop });
  }

  /** Sends a request that was queued. Its callback may have been called when an attempt failed. */
  sendQueued(packet: ISubscribePacket | IUnsubscribePacket): void {
    const { outgoing, client, ids } = this.#core;
    const { messageId = 0 } = packet;
    const known = outgoing.get(messageId);
    if (known?.packet === packet) this.send(known);
    else if (ids.register(messageId)) this.send(outgoing.add(packet, client.noop));
  }

  send(pending: Pending): void {
    const core = this.#core;
    core.tellSent(pending.packet);
    try {
      core.outgoing.send(pending);
    } catch (error) {
      this.#forget(pending);
      core.fail(pending.cb, error instanceof Error ? error : new Error(String(error)));
      core.onSettled();
    }
  }

  #forget(pending: Pending): void {
    this.#core.outgoing.forget(pending);
    delete this.#core.client.messageIdToTopic[pending.packet.messageId ?? 0];
  }

  /** A request has ended. */
  complete(pending: Pending, { pahoError, answer }: Completion): void {
    const core = this.#core;
    const { packet } = pending;
    const { messageId = 0 } = packet;
    const topics = core.client.messageIdToTopic[messageId] ?? [];
    this.#forget(pending);
    if (pahoError !== 0) callSafely(pending.cb, outcomeError(pahoError));
    else if (packet.cmd === "unsubscribe") this.#unsubscribed(pending, messageId, answer);
    else if (answer === undefined)
      callSafely(pending.cb, new Error("The SUBACK of the broker has no reason codes"));
    else this.#subscribed(pending, packet as ISubscribePacket, topics, answer);
    core.onSettled();
  }

  #unsubscribed(pending: Pending, messageId: number, answer: Buffer | undefined): void {
    const core = this.#core;
    const packet = toUnsubackPacket(answer, messageId, core.isV5 ? 5 : 4);
    core.tellReceived(() => packet);
    succeed(pending.cb, packet);
  }

  #subscribed(pending: Pending, request: ISubscribePacket, topics: string[], answer: Buffer): void {
    const core = this.#core;
    const packet = toSubackPacket(answer, request.messageId ?? 0, core.isV5 ? 5 : 4);
    core.tellReceived(() => packet);
    const granted = packet.granted as number[];
    const failed = granted.findLast((code) => (code & FAILURE) !== 0);
    const isWrong = granted.length !== request.subscriptions.length;
    if (failed === undefined && !isWrong) {
      succeed(pending.cb, packet);
      return;
    }
    for (const topic of topics) core.remembered.delete(topic);
    const text = isWrong
      ? `Protocol error: suback granted ${granted.length} reason code(s) for ${request.subscriptions.length} subscription(s)`
      : `Subscribe error: ${ReasonCodes[failed ?? 0] ?? failed}`;
    callSafely(pending.cb, new ErrorWithReasonCode(text, failed ?? FAILURE), packet);
  }
}

/** Returns the filters of a call, and their own options in an object of options by filter. */
function listed(topicObject: string | string[] | ISubscriptionMap): {
  topics: string[];
  own: (topic: string) => IClientSubscribeOptions | undefined;
} {
  if (typeof topicObject === "string") return { topics: [topicObject], own: () => undefined };
  if (Array.isArray(topicObject)) return { topics: topicObject, own: () => undefined };
  const { resubscribe: _resubscribe, ...map } = topicObject ?? {};
  const options = map as Record<string, IClientSubscribeOptions>;
  return { topics: Object.keys(options), own: (topic) => options[topic] };
}

function toRequest(
  topic: string,
  options: IClientSubscribeOptions,
  properties: ISubscribePacket["properties"],
  isV5: boolean,
): ISubscriptionRequest {
  const { qos } = options;
  if (!isV5) return { topic, qos };
  const { nl, rap, rh } = options;
  return { topic, qos, nl, rap, rh, properties } as ISubscriptionRequest;
}

function remembered(request: ISubscriptionRequest, isV5: boolean): IClientSubscribeOptions {
  const { qos, nl = false, rap = false, rh = 0, properties } = request;
  return isV5 ? ({ qos, nl, rap, rh, properties } as IClientSubscribeOptions) : { qos };
}
