import { describe, expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../../lib/index.ts";
import { takeOne } from "../../support/messages.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { errorOf, QUICK, type Reconnecting, reconnecting } from "../../support/reconnecting.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { Relay } from "../../support/relay.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";

// Subscriptions that a broker has lost with their session.

/** Subscribes, and has the broker answer with these codes. */
async function subscribe(
  { client }: Reconnecting,
  session: ScriptedSession,
  codes: readonly number[],
  ...args: Parameters<Client["subscribe"]>
): Promise<unknown> {
  const call = errorOf(client.subscribe(...args));
  const { packetId } = await session.receive("SUBSCRIBE");
  await session.send(session.packets.suback(packetId, codes));
  return call;
}

/** Takes the next SUBSCRIBE. */
async function renewal(session: ScriptedSession) {
  const { packetId, subscriptions, properties } = await session.receive("SUBSCRIBE");
  return {
    packetId,
    filters: subscriptions.map(({ filter }) => filter),
    subscriptions,
    properties: properties.toString("hex"),
  };
}

describe("a connection without a session", () => {
  test("subscribes again with what was requested, before anything else is sent", async () => {
    await using parts = await reconnecting();
    const { client, session, next, event } = parts;
    await subscribe(
      parts,
      session,
      [1, 0x80, 0],
      [
        ["a/#", 1],
        ["refused", 2],
        ["c", { noLocal: true }],
      ],
    );
    await subscribe(parts, session, [2], "own", {
      qos: 2,
      properties: { subscriptionIdentifier: 7, userProperties: [["k", "v"]] },
    });
    const published = client.publish("t", "", { qos: 1 });
    await session.receive("PUBLISH");
    session.reset();
    await event();
    const second = await next();
    const first = await renewal(second);
    expect(first.subscriptions).toMatchObject([
      { filter: "a/#", qos: 1, noLocal: false },
      { filter: "c", qos: 0, noLocal: true },
    ]);
    const own = await renewal(second);
    expect(own).toMatchObject({ filters: ["own"], properties: "0b07" + "26" + "00016b" + "000176" });
    const { packetId } = await second.receive("PUBLISH");
    expect(client.state).toBe("reconnecting");
    await second.send(second.packets.puback(packetId));
    await published;
    await second.send(second.packets.suback(first.packetId, [1, 0]));
    await second.send(second.packets.suback(own.packetId, [2]));
    expect(await event()).toMatchObject({ state: "connected", sessionPresent: false, refused: [] });
    expect(client.statistics.pendingCalls).toBe(0);
  });

  test("does not count renewals towards maxInflightMessages", async () => {
    await using parts = await reconnecting({ maxInflightMessages: 1 });
    const { client, session, next, event } = parts;
    await subscribe(parts, session, [0], "a");
    session.reset();
    await event();
    const published = client.publish("t", "", { qos: 1 });
    const second = await next();
    const { packetId } = await renewal(second);
    const publish = await second.receive("PUBLISH");
    await second.send(second.packets.puback(publish.packetId), second.packets.suback(packetId, [0]));
    await published;
  });

  test("does not renew what was unsubscribed, and forgets all with disconnect", async () => {
    await using parts = await reconnecting();
    const { client, session, next, event, broker } = parts;
    await subscribe(parts, session, [0, 0], ["a", "b"]);
    const unsubscribed = client.unsubscribe("a");
    const { packetId } = await session.receive("UNSUBSCRIBE");
    await session.send(session.packets.unsuback(packetId, [0x11]));
    await unsubscribed;
    session.reset();
    await event();
    const second = await next();
    const again = await renewal(second);
    expect(again.filters).toEqual(["b"]);
    await second.send(second.packets.suback(again.packetId, [0]));
    await event();
    await client.disconnect({ timeout: 0.1 });
    const connected = client.connect();
    const third = await broker.accept();
    await third.receive("CONNECT");
    await third.send(third.packets.connack());
    await connected;
    const published = client.publish("t", "", { qos: 1 });
    const publish = await third.receive("PUBLISH"); // no SUBSCRIBE before
    await third.send(third.packets.puback(publish.packetId));
    await published;
  });

  test("renews also the subscription of a call that had rejected before its answer came", async () => {
    await using parts = await reconnecting();
    const { client, session, next, event } = parts;
    const call = errorOf(client.subscribe("late", { timeout: 0.05 }));
    const { packetId } = await session.receive("SUBSCRIBE");
    expect(await call).toMatchObject({ code: "TIMEOUT", sent: true });
    await session.send(session.packets.suback(packetId, [0]));
    const published = client.publish("so that", "the answer has come", { qos: 1 });
    const publish = await session.receive("PUBLISH");
    await session.send(session.packets.puback(publish.packetId));
    await published;
    session.reset();
    await event();
    expect((await renewal(await next())).filters).toEqual(["late"]);
  });

  test("reports refusals; 0x8F is forgotten, others are tried again", async () => {
    const logger = new RecordingLogger();
    await using parts = await reconnecting({ logger, reconnect: { minDelay: 0, maxDelay: 0.2 } });
    const { session, next, event } = parts;
    await subscribe(parts, session, [0, 0, 0], ["fine", "bad", "busy"]);
    session.reset();
    await event();
    const second = await next();
    const { packetId } = await renewal(second);
    await second.send(second.packets.suback(packetId, [0, 0x8f, 0x97]));
    expect(await event()).toMatchObject({
      state: "connected",
      refused: [
        { filter: "bad", reasonCode: { value: 0x8f } },
        { filter: "busy", reasonCode: { value: 0x97 } },
      ],
    });
    const again = await renewal(second);
    expect(again.filters).toEqual(["busy"]);
    await second.send(second.packets.suback(again.packetId, [0]));
    expect(logger.warnings.filter((line) => line.includes("refused to renew"))).toEqual([
      "The broker refused to renew the subscription bad: Topic Filter invalid. It is forgotten.",
      "The broker refused to renew the subscription busy: Quota exceeded. It will be tried again.",
    ]);
    second.reset();
    await event();
    expect((await renewal(await next())).filters).toEqual(["fine", "busy"]);
  });

  test("refuses itself what the broker's CONNACK rules out", async () => {
    await using parts = await reconnecting();
    const { session, next, event } = parts;
    await subscribe(parts, session, [0, 0, 0], ["a/#", "$share/g/b", "c"]);
    session.reset();
    await event();
    const second = await next({
      properties: { wildcardSubscriptionAvailable: 0, sharedSubscriptionAvailable: 0 },
    });
    const { packetId, filters } = await renewal(second);
    expect(filters).toEqual(["c"]);
    await second.send(second.packets.suback(packetId, [0]));
    expect(await event()).toMatchObject({
      refused: [
        { filter: "a/#", reasonCode: { value: 0xa2 } },
        { filter: "$share/g/b", reasonCode: { value: 0x9e } },
      ],
    });
  });

  test("uses few packets, within the broker's maximum packet size", async () => {
    await using parts = await reconnecting();
    const { session, next, event } = parts;
    const filters = Array.from({ length: 1500 }, (_, index) => `filter/${index}`);
    const codes = filters.map(() => 0);
    await subscribe(parts, session, codes, filters);
    session.reset();
    await event();
    const second = await next();
    const sizes = [];
    for (let count = 0; count < 2; count++) {
      const { packetId, filters: some } = await renewal(second);
      sizes.push(some.length);
      await second.send(
        second.packets.suback(
          packetId,
          some.map(() => 0),
        ),
      );
    }
    expect(sizes).toEqual([1000, 500]);
    await event();
    second.reset();
    await event();
    const third = await next({ properties: { maximumPacketSize: 1000 } });
    const found: string[] = [];
    while (found.length < 1500) {
      const packet = await third.receive("SUBSCRIBE");
      expect(packet.raw.length).toBeLessThanOrEqual(1000);
      found.push(...packet.subscriptions.map(({ filter }) => filter));
      await third.send(
        third.packets.suback(
          packet.packetId,
          packet.subscriptions.map(() => 0),
        ),
      );
    }
    expect(found).toEqual(filters);
    expect(await event()).toMatchObject({ state: "connected" });
  });

  test("is given up if the broker does not answer within connectTimeout", async () => {
    await using parts = await reconnecting({ connectTimeout: 0.2 });
    const { session, next, event } = parts;
    await subscribe(parts, session, [0], "a");
    session.reset();
    await event();
    const second = await next();
    await renewal(second);
    expect(await event()).toMatchObject({ state: "reconnecting", error: { code: "TIMEOUT" }, attempt: 2 });
    await second.closed;
    const third = await next();
    const { packetId } = await renewal(third);
    await third.send(third.packets.suback(packetId, [0]));
    expect(await event()).toMatchObject({ state: "connected", attempt: 2 });
  });
});

test("a resumed session lacks only the subscriptions that were refused", async () => {
  await using parts = await reconnecting({ reconnect: { minDelay: 0, maxDelay: 30, retry: () => 0 } });
  const { session, next, event } = parts;
  await subscribe(parts, session, [0, 0], ["fine", "busy"]);
  session.reset();
  await event();
  const second = await next();
  const { packetId } = await renewal(second);
  await second.send(second.packets.suback(packetId, [0, 0x97]));
  await event();
  second.reset();
  await event();
  const third = await next({ sessionPresent: true });
  const again = await renewal(third);
  expect(again.filters).toEqual(["busy"]);
  await third.send(third.packets.suback(again.packetId, [0]));
  expect(await event()).toMatchObject({ state: "connected", sessionPresent: true, refused: [] });
});

test("a resumed session has its subscriptions", async () => {
  await using parts = await reconnecting();
  const { client, session, next, event } = parts;
  await subscribe(parts, session, [0], "a");
  session.reset();
  await event();
  const second = await next({ sessionPresent: true });
  expect(await event()).toMatchObject({ state: "connected", sessionPresent: true });
  void client.publish("t");
  await second.receive("PUBLISH");
});

test.each([ProtocolVersion.V31, ProtocolVersion.V311, ProtocolVersion.V5])(
  "mosquitto delivers on renewed subscriptions of version %i",
  async (protocol) => {
    await using broker = await startMosquitto();
    await using relay = await Relay.to(broker);
    await using client = await Client.connect(relay.url, {
      protocol,
      reconnect: QUICK,
      ...(protocol === ProtocolVersion.V5 ? { cleanStart: true } : {}),
    });
    const events = client.connectionEvents();
    await client.subscribe(["a/#", ["b", 2]], { qos: 1 });
    for (let round = 0; round < 3; round++) {
      relay.cut();
      expect((await events.next()).value).toMatchObject({ state: "reconnecting" });
      expect((await events.next()).value).toMatchObject({
        state: "connected",
        sessionPresent: false,
        refused: [],
      });
      await client.publish("a/b", `${round}`, { qos: 1 });
      expect((await takeOne(client)).text()).toBe(`${round}`);
      await client.publish("b", "two", { qos: 2 });
      expect((await takeOne(client)).qos).toBe(2);
    }
  },
);
