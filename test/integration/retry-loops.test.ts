// A naive loop repeats a call that fails at once. Each failure must wait for a turn of the event loop, so that timers
// fire.

import { describe, expect, test } from "vitest";
import { Client, MqttReentrantError, ProtocolVersion } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { silence } from "../support/scripted-answers.ts";

/** Far more attempts than fit into the timer's duration when each waits for a turn. */
const TOO_MANY = 100_000;

/** Repeats an attempt until a timer fires, and returns the last error. */
async function repeat(attempt: () => Promise<unknown>): Promise<unknown> {
  let hasFired = false;
  let failure: unknown;
  setTimeout(() => {
    hasFired = true;
  }, 1);
  for (let count = 0; !hasFired; count++) {
    if (count === TOO_MANY) throw new Error("no timer has fired");
    await attempt().catch((error: unknown) => {
      failure = error;
    });
  }
  return failure;
}

const closed = (): Client => new Client("127.0.0.1", { protocol: ProtocolVersion.V5 });
const authenticating = (): Client =>
  new Client("127.0.0.1", {
    protocol: ProtocolVersion.V5,
    authentication: { method: "m", onChallenge: () => "" },
  });

describe("loops of calls without a connection", () => {
  const calls: [name: string, client: Client, call: (client: Client) => Promise<unknown>][] = [
    ["publish at QoS 0", closed(), (client) => client.publish("t")],
    ["publish at QoS 1", closed(), (client) => client.publish("t", "", { qos: 1 })],
    ["subscribe", closed(), (client) => client.subscribe("t")],
    ["unsubscribe", closed(), (client) => client.unsubscribe("t")],
    ["reauthenticate", authenticating(), (client) => client.reauthenticate()],
  ];

  test.each(calls)("a loop of %s without a connection lets timers fire", async (_name, client, call) => {
    expect(await repeat(() => call(client))).toMatchObject({ code: "NOT_CONNECTED" });
  });
});

describe("loops of calls with wrong arguments", () => {
  const calls: [name: string, call: (client: Client) => Promise<unknown>][] = [
    ["Client.connect", () => Client.connect("")],
    ["connect", (client) => client.connect({ timeout: "1" as never })],
    ["disconnect", (client) => client.disconnect({ timeout: "1" as never })],
    ["publish", (client) => client.publish(1 as never)],
    ["subscribe", (client) => client.subscribe(1 as never)],
    ["next", (client) => client.messages.next({ timeout: "1" as never })],
  ];

  test.each(calls)("a loop of %s with wrong arguments lets timers fire", async (_name, call) => {
    const client = closed();
    expect(await repeat(() => call(client))).toBeInstanceOf(TypeError);
  });
});

describe("loops of calls with an aborted signal", () => {
  const signal = AbortSignal.abort("enough");

  test.each<[string, (client: Client) => Promise<unknown>]>([
    ["connect", (client) => client.connect({ signal })],
    ["publish", (client) => client.publish("t", "", { signal })],
    ["next", (client) => client.messages.next({ signal })],
    ["next of an iterator", (client) => client.messages[Symbol.asyncIterator]().next({ signal })],
  ])("a loop of %s with an aborted signal lets timers fire", async (_name, call) => {
    const client = closed();
    expect(await repeat(() => call(client))).toBe("enough");
  });
});

test("a loop of connect while connected lets timers fire", async () => {
  await using all = await connected();
  expect(await repeat(() => all.client.connect())).toBeInstanceOf(MqttReentrantError);
});

test("a loop of publish with a timeout of 0 lets timers fire", async () => {
  await using all = await connected();
  expect(await repeat(() => all.client.publish("t", "", { qos: 1, timeout: 0 }))).toMatchObject({
    code: "TIMEOUT",
  });
});

test("a loop of publish while the queue is full lets timers fire", async () => {
  await using all = await connected(
    { PUBLISH: silence },
    { maxInflightMessages: 1, maxQueuedOutgoingMessages: 1 },
  );
  const publish = () => all.client.publish("t", "", { qos: 1 });
  const pending = Promise.allSettled([publish(), publish()]);
  expect(await repeat(publish)).toMatchObject({ code: "QUEUE_FULL" });
  await all.client.disconnect({ timeout: 0 });
  await pending;
});

describe("loops over messages", () => {
  const iterate = async (client: Client): Promise<void> => {
    for await (const _ of client.messages);
  };

  test("a loop over messages after a loss lets timers fire", async () => {
    await using all = await connected();
    all.session.reset();
    await all.client.closed;
    const lost = { code: "CONNECTION_LOST" };
    expect(await repeat(() => iterate(all.client))).toMatchObject(lost);
    expect(await repeat(() => all.client.messages.next())).toMatchObject(lost);
  });

  test("a loop over messages after a disconnect lets timers fire", async () => {
    await using all = await connected();
    await all.client.disconnect();
    expect(await repeat(() => iterate(all.client))).toBeUndefined();
    expect(await repeat(() => all.client.messages.next())).toBeUndefined();
  });

  test("a loop over an iterator that has returned lets timers fire", async () => {
    await using all = await connected();
    const iterator = all.client.messages[Symbol.asyncIterator]();
    await iterator.return();
    expect(await repeat(() => iterator.next())).toBeUndefined();
  });
});
