// Errors of calls name the operation, the topic, the broker, the limit, whether the packet was sent, and the caller.

import { describe, expect, test } from "vitest";
import { Client, type ClientOptions, MqttError, ProtocolVersion } from "../../lib/index.ts";
import { type Connected, connected } from "../support/connected.ts";
import type { Answers } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const V5 = { protocol: ProtocolVersion.V5 };
const silence = (): void => {};
const MUTE: Answers = { PUBLISH: silence, SUBSCRIBE: silence, UNSUBSCRIBE: silence };

/** Returns the error that a call rejects with. */
async function toMqttError(call: Promise<unknown>): Promise<MqttError> {
  const error = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(MqttError);
  return error as MqttError;
}

/** A client of a broker that answers no call, and the broker's address. */
async function muted(options: ClientOptions = {}): Promise<Connected & { where: string }> {
  const all = await connected(MUTE, options);
  return { ...all, where: `127.0.0.1:${all.broker.port}` };
}

describe("errors of timeouts", () => {
  test("a timeout names the operation, the topic, the broker and the limit", async () => {
    await using all = await muted();
    const { client, where } = all;
    const limit = { timeout: 0.05 };
    const errors = await Promise.all([
      toMqttError(client.publish("plant/pump-7", "", { qos: 1, ...limit })),
      toMqttError(client.publish("x".repeat(100), "", { qos: 2, ...limit })),
      toMqttError(client.subscribe("a/#", limit)),
      toMqttError(client.subscribe(["a", ["b", 1], "c"], limit)),
      toMqttError(client.unsubscribe(["a", "b"], limit)),
      toMqttError(client.messages.next(limit)),
    ]);
    expect(errors.map(({ message }) => message)).toEqual([
      `Operation timed out (publish to 'plant/pump-7', ${where}, limit 0.05 s, sent)`,
      `Operation timed out (publish to '${"x".repeat(80)}'... 20 more characters, ${where}, limit 0.05 s, sent)`,
      `Operation timed out (subscribe to 'a/#', ${where}, limit 0.05 s, sent)`,
      `Operation timed out (subscribe to 'a' and 2 more, ${where}, limit 0.05 s, sent)`,
      `Operation timed out (unsubscribe from 'a' and 1 more, ${where}, limit 0.05 s, sent)`,
      `Operation timed out (next message, ${where}, limit 0.05 s)`,
    ]);
    expect(errors.map(({ code }) => code)).toEqual(Array(6).fill("TIMEOUT"));
    expect(errors.map(({ sent }) => sent)).toEqual([true, true, true, true, true, undefined]);
  });

  test.each<[what: string, options: ClientOptions]>([
    ["the window is full", { maxInflightMessages: 1 }],
    ["other calls are in progress", { maxConcurrentOutgoingCalls: 1 }],
  ])("a call that times out while it waits because %s was not sent", async (_what, options) => {
    await using all = await muted(options);
    const { client, where } = all;
    const first = toMqttError(client.publish("t", "1", { qos: 1, timeout: 0.2 }));
    const waiting = await Promise.all([
      toMqttError(client.publish("t", "2", { qos: 1, timeout: 0.05 })),
      toMqttError(client.subscribe("t", { timeout: 0.05 })),
    ]);
    expect(waiting).toMatchObject([
      { sent: false, message: `Operation timed out (publish to 't', ${where}, limit 0.05 s, not sent)` },
      { sent: false, message: `Operation timed out (subscribe to 't', ${where}, limit 0.05 s, not sent)` },
    ]);
    expect(await first).toMatchObject({ sent: true });
    const later = await toMqttError(client.publish("t", "3", { qos: 1, timeout: 0 }));
    expect(later).toMatchObject({ code: "TIMEOUT", sent: false });
    all.session.reset();
    await client.closed;
    const payloads = all.session.received.filter(({ type }) => type === "PUBLISH").map((each) => `${each}`);
    expect(payloads).toHaveLength(1);
  });

  test("a timeout of connect names the broker and the limit, but no credentials", async () => {
    await using broker = await ScriptedBroker.start();
    const url = new URL(broker.url);
    Object.assign(url, { username: "me", password: "hunter2" });
    const error = await toMqttError(Client.connect(url, { timeout: 0.1 }));
    expect(error).toMatchObject({
      code: "TIMEOUT",
      message: `Timed out while waiting for CONNACK (connect, 127.0.0.1:${broker.port}, limit 0.1 s)`,
    });
    expect("sent" in error).toBe(false);
  });
});

describe("errors after a lost connection", () => {
  test.each<[what: string, options: ClientOptions]>([
    ["limited by the window", { maxInflightMessages: 2 }],
    ["limited by the number of calls", { maxConcurrentOutgoingCalls: 2 }],
  ])("an error after a loss says whether the call was sent: %s", async (_what, options) => {
    await using all = await muted(options);
    const { client, session, where } = all;
    const calls = ["a", "b", "c", "d"].map((topic) => toMqttError(client.publish(topic, "", { qos: 1 })));
    calls.push(toMqttError(client.subscribe(["e", "f"])), toMqttError(client.publish("g")));
    await session.receive("PUBLISH");
    await session.receive("PUBLISH");
    session.reset();
    const errors = await Promise.all(calls);
    expect(errors.map(({ sent }) => sent)).toEqual([true, true, false, false, false, false]);
    const [first, , third, , fifth] = errors.map(({ message }) => message);
    expect(first).toContain(` (publish to 'a', ${where}, sent)`);
    expect(third).toContain(` (publish to 'c', ${where}, not sent)`);
    expect(fifth).toContain(` (subscribe to 'e' and 1 more, ${where}, not sent)`);
    const lost = await client.closed;
    for (const error of errors) expect(error.code).toBe(lost?.code);
  });

  test("an error after a loss has the reason that the broker gave", async () => {
    await using all = await muted(V5);
    const { client, session, where } = all;
    const call = toMqttError(client.publish("a", "", { qos: 1 }));
    await session.receive("PUBLISH");
    const properties = { reasonString: "maintenance" };
    await session.send(session.packets.disconnect({ reasonCode: 0x8b, properties }));
    session.end();
    expect(await call).toMatchObject({
      name: "MqttCodeError",
      message: `[code:139] Server shutting down: maintenance (publish to 'a', ${where}, sent)`,
      reasonCode: { value: 0x8b },
      properties,
      sent: true,
    });
  });

  test("an error after the client's disconnect says whether the call was sent", async () => {
    await using all = await muted({ maxInflightMessages: 1 });
    const { client } = all;
    const calls = ["a", "b"].map((topic) => toMqttError(client.publish(topic, "", { qos: 1 })));
    await client.disconnect({ timeout: 0 });
    expect(await Promise.all(calls)).toMatchObject([
      { code: "NOT_CONNECTED", sent: true },
      { code: "NOT_CONNECTED", sent: false },
    ]);
  });

  test("thousands of errors after one loss say whether their calls were sent", async () => {
    await using all = await muted({ maxInflightMessages: 100 });
    const { client, session, where } = all;
    const calls = Array.from({ length: 3000 }, (_, i) =>
      toMqttError(client.publish(`t/${i}`, "", { qos: 1 })),
    );
    for (let i = 0; i < 100; i++) await session.receive("PUBLISH");
    session.reset();
    const errors = await Promise.all(calls);
    expect(errors.map(({ sent }) => sent)).toEqual(errors.map((_, i) => i < 100));
    expect(errors.at(-1)?.message).toContain(`(publish to 't/2999', ${where}, not sent)`);
  });
});

describe("errors of refused calls", () => {
  test("a call that is refused without a connection was not sent", async () => {
    await using all = await connected({}, { ...V5, maxQueuedOutgoingMessages: 1, maxInflightMessages: 1 });
    const { client } = all;
    await client.disconnect();
    const where = `127.0.0.1:${all.broker.port}`;
    expect(await toMqttError(client.publish("t"))).toMatchObject({
      code: "NOT_CONNECTED",
      message: `The client is not connected (publish to 't', ${where})`,
      sent: false,
    });
    expect(await toMqttError(client.unsubscribe("t"))).toMatchObject({
      message: `The client is not connected (unsubscribe from 't', ${where})`,
      sent: false,
    });
  });

  test("a refused connect names the state of the client", async () => {
    await using all = await connected();
    expect(await toMqttError(all.client.connect())).toMatchObject({
      name: "MqttReentrantError",
      message: `The client is reusable, but not reentrant (connect, 127.0.0.1:${all.broker.port}, connected)`,
    });
  });

  test("a call that is refused by a full queue was not sent", async () => {
    await using all = await muted({ maxQueuedOutgoingMessages: 1, maxInflightMessages: 1 });
    const { client, where } = all;
    const calls = ["a", "b", "c"].map((topic) =>
      toMqttError(client.publish(topic, "", { qos: 1, timeout: 0.2 })),
    );
    expect((await Promise.all(calls)).at(-1)).toMatchObject({
      code: "QUEUE_FULL",
      message: `1 calls wait to be sent already (publish to 'c', ${where})`,
      sent: false,
    });
  });

  test("a call that is refused because of CONNACK was not sent", async () => {
    const properties = { maximumQoS: 0, wildcardSubscriptionAvailable: 0 };
    await using all = await connected(
      { CONNECT: (_packet, session) => session.send(session.packets.connack({ properties })) },
      V5,
    );
    const where = `127.0.0.1:${all.broker.port}`;
    expect(await toMqttError(all.client.publish("t", "", { qos: 1 }))).toMatchObject({
      code: "REFUSED",
      message: `[code:155] QoS not supported (publish to 't', ${where})`,
      sent: false,
    });
    expect(await toMqttError(all.client.subscribe("t/#"))).toMatchObject({ code: "REFUSED", sent: false });
  });

  test("a call that the broker refuses was sent, and its error names the refused filters", async () => {
    await using all = await connected({
      SUBSCRIBE: ({ packetId }, session) =>
        session.send(session.packets.suback(packetId, [1, 0x80, 0x80, 0])),
    });
    const where = `127.0.0.1:${all.broker.port}`;
    expect(await toMqttError(all.client.subscribe(["a", "b", "c", "d"], { qos: 1 }))).toMatchObject({
      message: `[code:128] Unspecified error (subscribe to 'b' and 1 more, ${where})`,
      sent: true,
    });
  });
});

describe("stack traces", () => {
  /** Awaits a call in the way of a program. */
  async function someCaller(call: () => Promise<unknown>): Promise<unknown> {
    return await call();
  }
  const stackOf = async (call: () => Promise<unknown>) => (await toMqttError(someCaller(call))).stack;

  test("the stack of an error names the function that awaited the call", async () => {
    await using all = await muted();
    const { client, session } = all;
    expect(await stackOf(() => client.publish("t", "", { qos: 1, timeout: 0.02 }))).toContain("someCaller");
    expect(await stackOf(() => client.subscribe("t", { timeout: 0.02 }))).toContain("someCaller");
    expect(await stackOf(() => client.messages.next({ timeout: 0.02 }))).toContain("someCaller");
    const together = () => Promise.all([client.publish("t", "", { qos: 1, timeout: 0.02 })]);
    expect(await stackOf(together)).toContain("someCaller");
    const lost = stackOf(() => client.publish("t", "", { qos: 1 }));
    const ended = stackOf(() => client.messages.next());
    session.reset();
    expect(await lost).toContain("someCaller");
    expect(await ended).toContain("someCaller");
    expect(await stackOf(() => client.publish("t"))).toContain("someCaller");
    all.broker.refuse();
    expect(await stackOf(() => client.connect())).toContain("someCaller");
  });
});
