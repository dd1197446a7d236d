// Fake timers stop the clock of a program's tests, but not the clock of the client. No call may hang.

import { afterEach, describe, expect, test, vi } from "vitest";
import { connected } from "../support/connected.ts";
import { takeOne } from "../support/messages.ts";
import { silence } from "../support/scripted-answers.ts";

/** More consecutive publishes than one turn of the event loop settles. */
const MANY = 3000;

const EVERYTHING = [
  ...([
    "setTimeout",
    "clearTimeout",
    "setInterval",
    "clearInterval",
    "setImmediate",
    "clearImmediate",
  ] as const),
  ...(["Date", "performance", "hrtime", "queueMicrotask"] as const),
];

afterEach(() => {
  vi.useRealTimers();
});

describe.each([
  ["the default ones of Vitest", undefined],
  ["including microtasks", { toFake: EVERYTHING }],
])("with fake timers, %s,", (_name, config) => {
  test("calls of all kinds settle with fake timers", async () => {
    await using all = await connected();
    vi.useFakeTimers(config);
    const { client, session } = all;
    await client.subscribe("t", { qos: 1 });
    await client.publish("t", "", { qos: 1 });
    for (let count = 0; count < MANY; count++) await client.publish("t", count);
    const waiting = takeOne(client);
    await session.send(session.packets.publish({ topic: "t", payload: "1" }));
    expect((await waiting).text()).toBe("1");
    await client.unsubscribe("t");
    await client.disconnect();
    await client.connect();
  });

  test("timeouts of calls expire with fake timers", async () => {
    await using all = await connected({ PUBLISH: silence, SUBSCRIBE: silence });
    vi.useFakeTimers(config);
    const timedOut = { code: "TIMEOUT" };
    const limits = { timeout: 0.02 };
    await expect(all.client.messages.next(limits)).rejects.toMatchObject(timedOut);
    await expect(all.client.publish("t", "", { qos: 1, ...limits })).rejects.toMatchObject(timedOut);
    await expect(all.client.subscribe("t", limits)).rejects.toMatchObject(timedOut);
  });
});

test("timers that are faked before the client is loaded do not affect it", async () => {
  vi.useFakeTimers({ toFake: EVERYTHING });
  vi.resetModules();
  const { connected } = await import("../support/connected.ts");
  await using all = await connected();
  for (let count = 0; count < MANY; count++) await all.client.publish("t", count);
  await expect(all.client.messages.next({ timeout: 0.02 })).rejects.toMatchObject({ code: "TIMEOUT" });
});
