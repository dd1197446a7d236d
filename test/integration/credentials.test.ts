import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, MqttConnectError, ProtocolVersion } from "../../lib/index.ts";
import type { Broker } from "../../scripts/broker.mjs";
import { startMosquitto } from "../support/mosquitto.ts";
import { protocols } from "../support/protocols.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

describe.each(protocols)("MQTT $name", ({ protocol }) => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startMosquitto({ users: { user: "right" } });
  });
  afterAll(() => broker.stop());

  test("the right password is accepted", async () => {
    await using client = await Client.connect(broker.url, { protocol, username: "user", password: "right" });
    expect(client.connected).toBe(true);
  });

  test.each([
    ["a wrong password", { username: "user", password: "wrong" }],
    ["a wrong name", { username: "nobody", password: "right" }],
    ["no name", {}],
  ])("%s is refused as not authorized", async (_what, credentials) => {
    const client = new Client(broker.url, { protocol, ...credentials });
    const error = await client.connect().catch((error: unknown) => error);
    expect(error).toBeInstanceOf(MqttConnectError);
    expect(error).toMatchObject({
      code: "CONNECTION_REFUSED",
      reasonCode: { value: 0x87, name: "Not authorized" },
      message: expect.stringMatching(/^\[code:135\] Not authorized \(connect, 127\.0\.0\.1:\d+\)$/),
    });
    expect(client.connected).toBe(false);
  });
});

test.each(protocols)("MQTT $name: an empty user name and password are sent", async ({ protocol }) => {
  await using broker = await ScriptedBroker.serving();
  await using _client = await Client.connect(broker.url, { protocol, username: "", password: "" });
  const session = await broker.accept();
  const { username, password } = await session.receive("CONNECT");
  expect({ username, password }).toEqual({ username: "", password: Buffer.alloc(0) });
});

test("MQTT 5: a password may be bytes without a user name", async () => {
  await using broker = await ScriptedBroker.serving();
  const password = Buffer.from([0, 1, 254, 255]);
  const given = Buffer.from(password);
  await using client = new Client(broker.url, { protocol: ProtocolVersion.V5, password: given });
  given.fill(0); // the client has a copy
  await client.connect();
  const session = await broker.accept();
  expect(await session.receive("CONNECT")).toMatchObject({ username: undefined, password });
});

test("each connect sends the same credentials", async () => {
  await using broker = await ScriptedBroker.serving();
  await using client = new Client(broker.url, { username: "user", password: "word" });
  for (let attempt = 1; attempt <= 2; attempt++) {
    await client.connect();
    const session = await broker.accept();
    expect(await session.receive("CONNECT")).toMatchObject({
      username: "user",
      password: Buffer.from("word"),
    });
    await client.disconnect();
  }
});
