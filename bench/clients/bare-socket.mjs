// A `net` socket with the least of MQTT 3.1.1: no client in JavaScript can cost less. It has no QoS 2, and expects a
// broker that makes no mistake.

import { once } from "node:events";
import { createConnection } from "node:net";

const clientIdentifier = "bare-socket";
const types = { puback: 4, publish: 3, suback: 9 };
const disconnectPacket = Buffer.from([0xe0, 0]);

export async function connect({ host = "127.0.0.1", port }) {
  const socket = createConnection({ host, port, noDelay: true });
  await once(socket, "connect");
  const body = Buffer.concat([
    Buffer.from([0, 4, ...Buffer.from("MQTT"), 4, 2, 0, 60]),
    text(clientIdentifier),
  ]);
  socket.write(packet(0x10, body));
  await once(socket, "data"); // CONNACK
  return new Client(socket);
}

export const consume = (client, onMessage) => client.consume(onMessage);
export const publish = (client, topic, payload, { qos }) => client.publish(topic, payload, qos);
export const subscribe = (client, filter, { qos }) => client.subscribe(filter, qos);
export const disconnect = (client) => client.socket.end(disconnectPacket);

class Client {
  #incomplete = Buffer.alloc(0);
  #identifier = 0;
  /** The functions that resolve the promises of publishes, in the order of their packets. */
  #published = [];
  #subscribed = () => {};
  #onMessage = () => false;

  constructor(socket) {
    this.socket = socket;
    socket.on("data", (bytes) => this.#read(bytes));
  }

  /** Passes every message to `onMessage` until that returns true. */
  consume(onMessage) {
    return new Promise((resolve, reject) => {
      this.#onMessage = (topic, payload) => {
        if (onMessage(topic, payload)) resolve();
      };
      this.socket.once("close", () => reject(new Error("The connection was lost")));
    });
  }

  publish(topic, payload, qos) {
    const identifier = qos > 0 ? this.#nextIdentifier() : Buffer.alloc(0);
    this.socket.write(packet(0x30 | (qos << 1), Buffer.concat([text(topic), identifier, payload])));
    return qos > 0 ? new Promise((resolve) => this.#published.push(resolve)) : undefined;
  }

  subscribe(filter, qos) {
    this.socket.write(
      packet(0x82, Buffer.concat([this.#nextIdentifier(), text(filter), Buffer.from([qos])])),
    );
    return new Promise((resolve) => {
      this.#subscribed = resolve;
    });
  }

  #nextIdentifier() {
    this.#identifier = (this.#identifier % 0xffff) + 1;
    return uint16(this.#identifier);
  }

  #read(bytes) {
    const input = this.#incomplete.length > 0 ? Buffer.concat([this.#incomplete, bytes]) : bytes;
    const acknowledgements = [];
    let at = 0;
    for (;;) {
      const end = packetEnd(input, at);
      if (end === undefined) break;
      this.#take(input, at, end, acknowledgements);
      at = end;
    }
    this.#incomplete = input.subarray(at);
    if (acknowledgements.length > 0) this.socket.write(Buffer.concat(acknowledgements));
  }

  #take(input, at, end, acknowledgements) {
    const type = input[at] >> 4;
    if (type === types.puback) this.#published.shift()();
    if (type === types.suback) this.#subscribed();
    if (type !== types.publish) return;
    const begin = at + headerSize(input, at);
    const topicEnd = begin + 2 + input.readUInt16BE(begin);
    const isAcknowledged = (input[at] & 0x06) !== 0;
    const payloadBegin = topicEnd + (isAcknowledged ? 2 : 0);
    if (isAcknowledged) acknowledgements.push(packet(0x40, input.subarray(topicEnd, payloadBegin)));
    this.#onMessage(input.latin1Slice(begin + 2, topicEnd), input.subarray(payloadBegin, end));
  }
}

function uint16(number) {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(number);
  return bytes;
}

const text = (string) => Buffer.concat([uint16(Buffer.byteLength(string)), Buffer.from(string)]);

function packet(firstByte, body) {
  const size = [];
  for (let rest = body.length; rest > 0 || size.length === 0; rest >>= 7)
    size.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return Buffer.concat([Buffer.from([firstByte, ...size]), body]);
}

/** The bytes before the variable header. */
function headerSize(input, at) {
  let size = 2;
  while (input[at + size - 1] >= 0x80) size++;
  return size;
}

/** The end of the packet that begins at `at`; undefined if it is incomplete. */
function packetEnd(input, at) {
  let remaining = 0;
  for (let index = at + 1, shift = 0; index < input.length; index++, shift += 7) {
    remaining |= (input[index] & 0x7f) << shift;
    if (input[index] >= 0x80) continue;
    const end = index + 1 + remaining;
    return end <= input.length ? end : undefined;
  }
  return undefined;
}
