// Messages can be cloned, spread, and sent to other threads. The memory that they share stays in its thread.

import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import { afterAll, describe, expect, test } from "vitest";
import { Message, ProtocolVersion, Topic, Wildcard } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { take, takeOne } from "../support/messages.ts";

const V5 = { protocol: ProtocolVersion.V5 } as const;
const { port1: port } = new MessageChannel();
const worker = new Worker(
  'const { parentPort } = require("node:worker_threads"); parentPort.on("message", (value) => parentPort.postMessage(value));',
  { eval: true },
);
afterAll(async () => {
  port.close();
  await worker.terminate();
});

/** Sends the value to another thread and back. */
async function echoed<T>(value: T): Promise<T> {
  worker.postMessage(value);
  const [result] = await once(worker, "message");
  return result;
}

/** Ways to transfer a buffer. Node.js 20 copies a buffer that must stay; later versions throw. */
const TRANSFERS: [name: string, transfer: (view: Uint8Array<ArrayBuffer>) => void][] = [
  ["worker.postMessage", (view) => worker.postMessage(view, [view.buffer])],
  ["port.postMessage", (view) => port.postMessage(view, [view.buffer])],
  ["structuredClone", (view) => void structuredClone(view, { transfer: [view.buffer] })],
];

/** Payload sizes that are stored in small JavaScript memory, in memory of the addon, and in blocks of the network. */
const KINDS: [name: string, size: number, count: number][] = [
  ["small messages", 16, 4],
  ["messages that fill a large batch", 500, 40],
  ["messages in a network block", 20_000, 4],
];

describe.each(KINDS)("a transfer of the payload of one of several %s", (_kind, size, count) => {
  test.each(TRANSFERS)(
    "%s of one payload leaves the payloads of all messages intact",
    async (_name, transfer) => {
      await using all = await connected();
      const { session } = all;
      const payloads = Array.from({ length: count }, (_, index) => Buffer.alloc(size, index));
      await session.send(...payloads.map((payload) => session.packets.publish({ topic: "t", payload })));
      const messages = await take(all.client, payloads.length);
      expect(new Set(messages.map(({ payload }) => payload.buffer)).size).toBeLessThan(messages.length);
      for (const { payload } of messages) {
        try {
          transfer(payload as Uint8Array<ArrayBuffer>);
        } catch (error) {
          expect(error).toMatchObject({ name: "DataCloneError" });
        }
      }
      expect(messages.map(({ payload }) => payload)).toEqual(payloads);
    },
  );
});

test("the payload of a copy can be transferred", async () => {
  await using all = await connected();
  await all.session.send(all.session.packets.publish({ topic: "t", payload: "payload" }));
  const message = await takeOne(all.client);
  const { payload } = message.copy();
  const received = structuredClone(payload, { transfer: [payload.buffer as ArrayBuffer] });
  expect(payload).toHaveLength(0);
  expect(Buffer.from(received).toString()).toBe("payload");
  expect(message.text()).toBe("payload");
});

describe("the contents of a cloned message", () => {
  async function received(): Promise<Message> {
    await using all = await connected({}, V5);
    await all.session.send(
      all.session.packets.publish({
        ...{ topic: "a/b", payload: "payload", qos: 1, packetId: 7, retain: true, dup: true },
        properties: { contentType: "c", correlationData: Buffer.from([1]), userProperties: [["a", "b"]] },
      }),
    );
    return takeOne(all.client);
  }

  const told = {
    ...{ qos: 1, retain: true, dup: true, mid: 7 },
    properties: { contentType: "c", correlationData: new Uint8Array([1]), userProperties: [["a", "b"]] },
  };

  test.each<[string, (message: Message) => unknown]>([
    ["structuredClone", structuredClone],
    ["postMessage to a worker", echoed],
  ])("%s keeps the contents of a message", async (_name, clone) => {
    const cloned = (await clone(await received())) as Message;
    expect(cloned).not.toBeInstanceOf(Message);
    expect(cloned).toEqual({ ...told, topic: { value: "a/b" }, payload: expect.any(Uint8Array) });
    expect(Buffer.from(cloned.payload).toString()).toBe("payload");
  });

  test("a spread keeps the contents of a message", async () => {
    const message = await received();
    const correlationData = Buffer.from([1]);
    expect({ ...message }).toEqual({
      ...told,
      ...{ topic: message.topic, payload: Buffer.from("payload") },
      properties: { ...told.properties, correlationData },
    });
    expect(Object.keys(message)).toEqual(["topic", "payload", "qos", "retain", "dup", "mid", "properties"]);
  });
});

test.each([
  ["Topic", Topic],
  ["Wildcard", Wildcard],
])("a %s keeps its value when it is cloned, and is immutable", (_name, Class) => {
  const topic = new Class("a/b");
  expect(structuredClone(topic)).toEqual({ value: "a/b" });
  expect(() => Object.assign(topic, { value: "c" })).toThrow(TypeError);
  class Named extends Class {
    readonly label = "label";
  }
  const named = new Named("a/b");
  expect(named).toMatchObject({ value: "a/b", label: "label" });
  expect(() => Object.assign(named, { value: "c" })).toThrow(TypeError);
});
