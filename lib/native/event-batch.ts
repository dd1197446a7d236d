import { isUtf8 } from "node:buffer";
import { DeferredMessage } from "../incoming/deferred-message.ts";
import { Message } from "../incoming/message.ts";
import { decodeProperties } from "../packets/properties.ts";
import type { MessageProperties } from "../protocol/property-types.ts";
import { isTopicName, type Topic, trustedTopic } from "../protocol/topic.ts";
import { keepInThread } from "./untransferable.ts";

/** The reason why a connection ended or failed, from the native session. */
export interface CloseReason {
  code: string;
  text: string;
  /** The reason code of the DISCONNECT that the native session sent; 0 if it sent none. */
  reasonCode: number;
  /** The broker's last packet, if it was a refusing CONNACK or a DISCONNECT. */
  packet: Buffer | undefined;
}

/** The result of a call. */
export interface Completion {
  /** The packet identifier; 0 for QoS 0. */
  identifier: number;
  /** The broker's answer, if it has a reason code or properties. */
  answer: Buffer | undefined;
  /** Paho's code for a refused operation, without its sign; normally 0. */
  pahoError: number;
}

/** Receives the events of one client. */
export interface Receiver {
  onMessage(message: Message): void;
  /**
   * A message of QoS 1 or 2 has arrived that JavaScript acknowledges. `connection`: the number of its connection.
   * `isRepeated`: QoS 2: the session has delivered it before.
   */
  onDeferredMessage(message: Message, connection: number, isRepeated: boolean): void;
  onCompleted(token: number, completion: Completion): void;
  onConnected(connack: Buffer): void;
  /** The broker has sent an AUTH packet. */
  onAuthentication(packet: Buffer): void;
  onConnectFailed(ending: CloseReason): void;
  /** The connection has ended. `ending` is undefined after our own disconnect. */
  onClosed(ending: CloseReason | undefined): void;
  /** Called once for each kind of tolerated violation of the protocol by the broker. */
  onDeviation(what: string): void;
  /** A PUBREL has arrived on the connection with this number, where the session reports them. It awaits PUBCOMP. */
  onReleased(identifier: number, connection: number): void;
  /** The broker sent a malformed packet, which is not delivered. */
  onMalformed(what: string): void;
}

// The layout is described in docs/event-format.md and written by native/node/event_batch.cpp and event_queue.cpp.
const KIND = {
  message: 1,
  completed: 2,
  connected: 3,
  connectFailed: 4,
  closed: 5,
  authentication: 6,
  trace: 7,
  deviation: 8,
  released: 9,
} as const;
const HEADER_WORDS = 6;
const CACHED_TOPIC = 1 << 4;
const CACHE_TOPIC = 1 << 5;
const HELD_PAYLOAD = 1 << 6;
const DEFERRED = 1 << 7;
const REPEATED = 1 << 16;
const CONNECTION_SHIFT = 17;
const PLACE_WORDS = 2;
const CACHE_SIZE = 8192;
const DELIBERATE = 1 << 0;
const NOTHING: Completion = { identifier: 0, answer: undefined, pahoError: 0 };

/** The class of the results of Buffer's methods. Its constructor takes as little as half the time of such a method. */
const { [Symbol.species]: BufferView } = Buffer as unknown as {
  [Symbol.species]: new (memory: ArrayBuffer, start: number, size: number) => Buffer;
};

/** Receives a line of the packet trace, and the number of lines dropped before it. */
export type OnTrace = (line: string, dropped: number) => void;

/** Reads the batches of one thread, all of them and in order, because their records share a cache of topics. */
export class EventBatchReader {
  readonly #findReceiver: (client: number) => Receiver | undefined;
  readonly #onTrace: OnTrace;
  /** The cached topics. It has its full length from the start, because V8 makes a hash table of a sparse array. */
  readonly #topics: (Topic | undefined)[] = new Array(CACHE_SIZE);
  #words = new Uint32Array();
  #batch = new ArrayBuffer();
  #bytes = Buffer.alloc(0);
  #held: ArrayBuffer[] = [];
  /** Whether the batch has messages, which share its memory. */
  #hasMessages = false;

  constructor(findReceiver: (client: number) => Receiver | undefined, onTrace: OnTrace) {
    this.#findReceiver = findReceiver;
    this.#onTrace = onTrace;
  }

  /** Passes every event of a batch to its receiver. `held`: the memory of payloads that are not in the batch. */
  read(batch: ArrayBuffer, held: ArrayBuffer[] | undefined): void {
    this.#batch = batch;
    this.#words = new Uint32Array(batch);
    this.#bytes = Buffer.from(batch);
    this.#held = held ?? [];
    this.#hasMessages = false;
    for (const buffer of this.#held) keepInThread(buffer);
    let at = 0;
    while (at < this.#words.length) at = this.#readRecord(at);
    this.#held = []; // so that only messages retain the memory
  }

  #word(at: number): number {
    return this.#words[at] as number;
  }

  /** Reads a record and returns the index of the next one. */
  #readRecord(at: number): number {
    const head = this.#word(at);
    const receiver = this.#findReceiver(this.#word(at + 1));
    const kind = head & 0xff;
    if (kind === KIND.message) return this.#readMessage(at, head, receiver);
    if (kind === KIND.completed) return this.#readCompletion(at, head, receiver);
    if (kind === KIND.trace) return this.#readTrace(at);
    if (kind === KIND.released) return this.#readReleased(at, receiver);
    return this.#readLifecycle(at, head, receiver);
  }

  #readTrace(at: number): number {
    const start = (at + HEADER_WORDS) * 4;
    const end = start + this.#word(at + 3);
    this.#onTrace(this.#bytes.toString("utf8", start, end), this.#word(at + 2));
    return nextRecord(end);
  }

  #readMessage(at: number, head: number, receiver: Receiver | undefined): number {
    const flags = (head >>> 8) & 0xff;
    const topicSize = this.#word(at + 3);
    const propertiesSize = this.#word(at + 4);
    const payloadSize = this.#word(at + 5);
    const isHeld = (flags & HELD_PAYLOAD) !== 0;
    const topicStart = (at + HEADER_WORDS + (isHeld ? PLACE_WORDS : 0)) * 4;
    const propertiesStart = topicStart + topicSize;
    const payloadStart = propertiesStart + propertiesSize;
    const topic = this.#resolveTopic(flags, head >>> 16, topicStart, topicSize);
    const properties = propertiesSize === 0 ? undefined : this.#propertiesAt(propertiesStart);
    if (topic === undefined) receiver?.onMalformed("a message with an invalid topic");
    else if (properties === null) receiver?.onMalformed("a message with malformed properties");
    else if (receiver !== undefined) {
      if (!this.#hasMessages) this.#share();
      const memory = isHeld ? this.#heldAt(this.#word(at + HEADER_WORDS)) : this.#batch;
      const start = isHeld ? this.#word(at + HEADER_WORDS + 1) : payloadStart;
      const payload = new BufferView(memory, start, payloadSize);
      const number = this.#word(at + 2);
      if ((flags & DEFERRED) === 0)
        receiver.onMessage(new Message(topic, payload, flags, number, properties));
      else {
        const message = new DeferredMessage(topic, payload, flags, number & 0xffff, properties);
        receiver.onDeferredMessage(message, number >>> CONNECTION_SHIFT, (number & REPEATED) !== 0);
      }
    }
    return nextRecord(payloadStart + (isHeld ? 0 : payloadSize));
  }

  #share(): void {
    this.#hasMessages = true;
    keepInThread(this.#batch);
  }

  #heldAt(index: number): ArrayBuffer {
    return this.#held[index] as ArrayBuffer;
  }

  /** Decodes properties. Returns null for malformed ones, although the native session has validated them. */
  #propertiesAt(start: number): MessageProperties | null {
    try {
      return decodeProperties("publish", this.#bytes, start).properties;
    } catch {
      return null;
    }
  }

  #resolveTopic(flags: number, entry: number, start: number, size: number): Topic | undefined {
    if ((flags & CACHED_TOPIC) !== 0) return this.#topics[entry];
    const bytes = this.#bytes.subarray(start, start + size);
    const value = bytes.toString("utf8");
    const topic = isUtf8(bytes) && isTopicName(value) ? trustedTopic(value) : undefined;
    if ((flags & CACHE_TOPIC) !== 0) this.#topics[entry] = topic;
    return topic;
  }

  #readCompletion(at: number, head: number, receiver: Receiver | undefined): number {
    const firstToken = this.#word(at + 2);
    const count = this.#word(at + 3);
    const answerSize = this.#word(at + 4);
    const identifier = this.#word(at + 5);
    const pahoError = head >>> 16;
    const start = (at + HEADER_WORDS) * 4;
    const completion =
      identifier === 0 && pahoError === 0
        ? NOTHING
        : { identifier, answer: this.#copy(start, answerSize), pahoError };
    for (let i = 0; i < count; i++) receiver?.onCompleted((firstToken + i) >>> 0, completion);
    return nextRecord(start + answerSize);
  }

  #readReleased(at: number, receiver: Receiver | undefined): number {
    receiver?.onReleased(this.#word(at) >>> 16, this.#word(at + 2));
    return at + HEADER_WORDS;
  }

  #readLifecycle(at: number, head: number, receiver: Receiver | undefined): number {
    const kind = head & 0xff;
    const codeStart = (at + HEADER_WORDS) * 4;
    const textStart = codeStart + this.#word(at + 3);
    const packetStart = textStart + this.#word(at + 4);
    const packetSize = this.#word(at + 5);
    const packet = this.#copy(packetStart, packetSize);
    if (kind === KIND.connected && packet !== undefined) receiver?.onConnected(packet);
    else if (kind === KIND.authentication && packet !== undefined) receiver?.onAuthentication(packet);
    else if (kind === KIND.deviation && packet !== undefined) receiver?.onDeviation(packet.toString());
    else {
      const ending: CloseReason = {
        code: this.#bytes.toString("latin1", codeStart, textStart),
        text: this.#bytes.toString("utf8", textStart, packetStart),
        reasonCode: this.#word(at + 2),
        packet,
      };
      const isDeliberate = ((head >>> 8) & DELIBERATE) !== 0;
      if (kind === KIND.connectFailed) receiver?.onConnectFailed(ending);
      else if (kind === KIND.closed) receiver?.onClosed(isDeliberate ? undefined : ending);
    }
    return nextRecord(packetStart + packetSize);
  }

  /** Copies a packet, so that it does not retain the memory of the batch. */
  #copy(start: number, size: number): Buffer | undefined {
    return size === 0 ? undefined : Buffer.from(this.#bytes.subarray(start, start + size));
  }
}

/** Returns the index of the next record in words, which begins at a multiple of four bytes. */
function nextRecord(end: number): number {
  return (end + 3) >>> 2;
}
