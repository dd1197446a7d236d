// Messages are cloned, spread, and sent to other threads.

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterAll, describe, expect, test } from "vitest";
import { Message, ProtocolVersion, Topic, Wildcard } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { takeOne } from "../support/messages.ts";

const V5 = { protocol: ProtocolVersion.V5 } as const;
const worker = new Worker(
  'const { parentPort } = require("node:worker_threads"); parentPort.on("message", (value) => parentPort.postMessage(value));',
  { eval: true },
);
afterAll(async () => {
  await worker.terminate();
});

/** The value as another thread has it, and returns it. */
async function echoed<T>(value: T): Promise<T> {
  worker.postMessage(value);
  const [result] = await once(worker, "message");
  return result;
}

describe("everything that a message tells", () => {
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
  ])("is kept by %s", async (_name, clone) => {
    const cloned = (await clone(await received())) as Message;
    expect(cloned).not.toBeInstanceOf(Message);
    expect(cloned).toEqual({ ...told, topic: { value: "a/b" }, payload: expect.any(Uint8Array) });
    expect(Buffer.from(cloned.payload).toString()).toBe("payload");
  });

  test("is kept by a spread", async () => {
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
])("a %s keeps its value when it is cloned, and does not change", (_name, Class) => {
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
