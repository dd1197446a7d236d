// A view whose buffer was transferred or has shrunk looks like an empty view. It is refused.

import { describe, expect, test } from "vitest";
import { Client, type Payload, ProtocolVersion, Will } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { v5 } from "../support/packets.ts";
import type { Answers } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const V5 = { protocol: ProtocolVersion.V5 } as const;

function transferred<T extends ArrayBufferView>(view: T): T {
  structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
  return view;
}

function shrunk<T>(view: (buffer: ArrayBuffer) => T): T {
  // The declarations of this target lack resizable buffers.
  type Resizable = ArrayBuffer & { resize(size: number): void };
  const Buffers = ArrayBuffer as unknown as new (
    size: number,
    options: { maxByteLength: number },
  ) => Resizable;
  const buffer = new Buffers(16, { maxByteLength: 16 });
  const result = view(buffer);
  buffer.resize(4);
  return result;
}

const lost = (name: string) =>
  new TypeError(`${name} must not be a view of a buffer that was transferred or has shrunk`);

const bytes = () => transferred(new Uint8Array(8));

describe("views of lost memory as payloads", () => {
  const views: [name: string, make: () => Payload][] = [
    ["a transferred Uint8Array", bytes],
    ["a transferred Buffer", () => transferred(Buffer.from(new ArrayBuffer(8)))],
    ["a transferred Float64Array", () => transferred(new Float64Array(1))],
    ["a transferred DataView", () => transferred(new DataView(new ArrayBuffer(8)))],
    ["a Uint8Array out of bounds", () => shrunk((buffer) => new Uint8Array(buffer, 8, 8))],
    ["a Uint8Array with an offset out of bounds", () => shrunk((buffer) => new Uint8Array(buffer, 8))],
    ["a Uint16Array out of bounds", () => shrunk((buffer) => new Uint16Array(buffer, 8, 2))],
    ["a DataView out of bounds", () => shrunk((buffer) => new DataView(buffer, 8, 8))],
  ];

  test.each(views)("%s is refused as a payload", async (_name, make) => {
    await using all = await connected();
    for (const qos of [0, 1, 2] as const)
      await expect(all.client.publish("t", make(), { qos })).rejects.toThrow(lost("payload"));
    expect(() => new Will({ topic: "t", payload: make() })).toThrow(lost("will.payload"));
    expect(all.session.received).toHaveLength(1);
  });

  test("a transferred ArrayBuffer is refused as a payload", async () => {
    await using all = await connected();
    const call = all.client.publish("t", bytes().buffer);
    await expect(call).rejects.toThrow(new TypeError("payload must not be a buffer that was transferred"));
  });

  test("an empty view, and a view within a shrunk buffer, are accepted as payloads", async () => {
    await using all = await connected();
    await all.client.publish("t", new Uint8Array(), { qos: 1 });
    await all.client.publish(
      "t",
      shrunk((buffer) => new Uint8Array(buffer, 1, 2)),
      { qos: 1 },
    );
    const sizes = all.session.received
      .slice(1)
      .map((packet) => packet.type === "PUBLISH" && packet.payload.length);
    expect(sizes).toEqual([0, 2]);
  });
});

test.each([
  ["the password", { username: "u", password: bytes() }, "Option password"],
  [
    "a property of the will",
    { will: { topic: "t", properties: { correlationData: bytes() } } },
    "will.properties.correlationData",
  ],
  [
    "data of an authentication",
    { authentication: { method: "m", data: bytes(), onChallenge: () => "" } },
    "properties.authenticationData",
  ],
  [
    "the value of a socket option",
    { socketOptions: [[1, 2, bytes()]] as const },
    "Option socketOptions[0][2], the value,",
  ],
])("a transferred view is refused as %s", (_name, options, name) => {
  expect(() => new Client("localhost", { ...V5, ...options })).toThrow(lost(name));
});

test("a transferred view is refused as a property of a message", async () => {
  await using all = await connected({}, V5);
  const properties = { correlationData: bytes() };
  await expect(all.client.publish("t", "", { properties })).rejects.toThrow(
    lost("properties.correlationData"),
  );
});

test("a transferred view is refused as data of a re-authentication", async () => {
  const properties = { authenticationMethod: "m" };
  const answers: Answers = { CONNECT: (_packet, session) => session.send(v5.connack({ properties })) };
  await using all = await connected(answers, {
    ...V5,
    authentication: { method: "m", onChallenge: () => "" },
  });
  await expect(all.client.reauthenticate(bytes())).rejects.toThrow(lost("properties.authenticationData"));
});

test("a transferred view is refused as the answer to a challenge", async () => {
  const challenge = v5.auth({ reasonCode: 0x18, properties: { authenticationMethod: "m" } });
  await using broker = await ScriptedBroker.serving({
    CONNECT: (_packet, session) => session.send(challenge),
  });
  const client = new Client(broker.url, {
    ...V5,
    authentication: { method: "m", onChallenge: () => bytes() },
  });
  await expect(client.connect()).rejects.toMatchObject({
    code: "AUTHENTICATION_FAILED",
    cause: lost("properties.authenticationData"),
  });
});
