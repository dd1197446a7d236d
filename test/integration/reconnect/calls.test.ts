import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { MqttCodeError, ProtocolVersion } from "../../../lib/index.ts";
import type { ClientPacket, ClientPacketType } from "../../support/client-packets.ts";
import { errorOf, QUICK, reconnecting } from "../../support/reconnecting.ts";
import { type Answer, politeAnswers } from "../../support/scripted-answers.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";

// Calls that outlive their connection.

/** The next packet with its type, whatever it is. */
const publishOf = async (session: ScriptedSession) => {
  const { topic, qos, dup, packetId } = await session.receive("PUBLISH");
  return { topic, qos, dup, packetId };
};

/** Answers a packet as a polite broker does. */
function answer(session: ScriptedSession, packet: ClientPacket): void {
  const polite = politeAnswers[packet.type] as Answer<ClientPacketType>;
  if (packet.type !== "CONNECT") polite(packet, session);
}

describe("calls without a connection", () => {
  test("wait, and are sent in their order", async () => {
    await using parts = await reconnecting();
    const { client, session, next, event } = parts;
    session.reset();
    await event();
    const calls = [
      client.publish("a", "", { qos: 1 }),
      client.publish("b"),
      client.subscribe("c"),
      client.publish("d", "", { qos: 2 }),
      client.unsubscribe("e"),
    ];
    expect(client.statistics).toMatchObject({ pendingCalls: 5, queuedOutgoing: 5 });
    const second = await next();
    expect((await publishOf(second)).topic).toBe("a");
    expect((await publishOf(second)).topic).toBe("b");
    await second.receive("SUBSCRIBE");
    expect((await publishOf(second)).topic).toBe("d");
    await second.receive("UNSUBSCRIBE");
    for (const packet of second.received) answer(second, packet);
    const { packetId } = await second.receive("PUBREL");
    await second.send(second.packets.pubcomp(packetId));
    await Promise.all(calls);
  });

  test("reject at once with whileDisconnected: reject, of the client or of a publish", async () => {
    await using parts = await reconnecting({ whileDisconnected: "reject" });
    const { client, session, event, next } = parts;
    session.reset();
    await event();
    for (const call of [client.publish("a"), client.subscribe("b"), client.unsubscribe("c")])
      expect(await errorOf(call)).toMatchObject({ code: "NOT_CONNECTED", sent: false });
    const published = client.publish("d", "", { qos: 1, whileDisconnected: "wait" });
    const second = await next();
    const { packetId } = await second.receive("PUBLISH");
    await second.send(second.packets.puback(packetId));
    await published;
  });

  test("may be given up one by one", async () => {
    await using parts = await reconnecting({ reconnect: { minDelay: 30 } });
    const { client, session, event } = parts;
    session.reset();
    await event();
    expect(await errorOf(client.publish("a", "", { whileDisconnected: "reject" }))).toMatchObject({
      code: "NOT_CONNECTED",
    });
    const controller = new AbortController();
    const aborted = client.publish("b", "", { qos: 1, signal: controller.signal });
    const timedOut = client.publish("c", "", { qos: 1, timeout: 0.02 });
    controller.abort("enough");
    await expect(aborted).rejects.toBe("enough");
    expect(await errorOf(timedOut)).toMatchObject({ code: "TIMEOUT", sent: false });
    expect(client.statistics.queuedOutgoing).toBe(0);
  });

  test("the client's timeout does not run, and a timeout of the call does", async () => {
    await using parts = await reconnecting({ timeout: 0.2, reconnect: { ...QUICK, retry: () => 0.5 } });
    const { client, session, event, next } = parts;
    session.reset();
    await event();
    const patient = client.publish("a", "", { qos: 1 });
    expect(await errorOf(client.publish("b", "", { qos: 1, timeout: 0.2 }))).toMatchObject({
      code: "TIMEOUT",
    });
    const second = await next();
    const { topic } = await second.receive("PUBLISH");
    expect(topic).toBe("a");
    // With a connection it runs again.
    expect(await errorOf(patient)).toMatchObject({ code: "TIMEOUT", sent: true });
  });

  test("the time before a loss counts", async () => {
    await using parts = await reconnecting({ timeout: 0.4, reconnect: { ...QUICK, retry: () => 0.3 } });
    const { client, session, next } = parts;
    const began = performance.now();
    const published = errorOf(client.publish("a", "", { qos: 1 }));
    await session.receive("PUBLISH");
    await delay(200);
    session.reset();
    await next();
    expect(await published).toMatchObject({ code: "TIMEOUT", sent: true });
    expect(performance.now() - began).toBeGreaterThan(650);
    expect(performance.now() - began).toBeLessThan(1500);
  });

  test("beyond maxQueuedOutgoingBytes, and beyond maxQueuedOutgoingMessages, reject with QUEUE_FULL", async () => {
    await using parts = await reconnecting({
      reconnect: { minDelay: 30 },
      maxQueuedOutgoingBytes: 1000,
      maxQueuedOutgoingMessages: 3,
    });
    const { client, session, event } = parts;
    session.reset();
    await event();
    const calls = [client.publish("a", "x".repeat(600), { qos: 1 })];
    expect(await errorOf(client.publish("b", "x".repeat(600)))).toMatchObject({
      code: "QUEUE_FULL",
      sent: false,
    });
    calls.push(client.publish("b", "x".repeat(100)), client.publish("c"));
    expect(await errorOf(client.publish("d"))).toMatchObject({ code: "QUEUE_FULL", sent: false });
    expect(client.statistics.queuedOutgoing).toBe(3);
    await client.disconnect();
    for (const call of calls)
      expect(await errorOf(call)).toMatchObject({ code: "NOT_CONNECTED", sent: false });
  });

  test("calls that wait for others count towards maxQueuedOutgoingBytes, too", async () => {
    await using parts = await reconnecting({
      reconnect: { minDelay: 30 },
      maxQueuedOutgoingBytes: 1000,
      maxConcurrentOutgoingCalls: 1,
    });
    const { client, session, event } = parts;
    session.reset();
    await event();
    const calls = [1, 2].map(() => errorOf(client.publish("a", "x".repeat(400), { qos: 1 })));
    expect(await errorOf(client.publish("b", "x".repeat(400)))).toMatchObject({ code: "QUEUE_FULL" });
    await client.disconnect();
    await Promise.all(calls);
  });

  test("a message that expires while it waits rejects, and one that is sent has the rest of its interval", async () => {
    await using parts = await reconnecting({ reconnect: { ...QUICK, retry: () => 1.3 } });
    const { client, session, event, next } = parts;
    session.reset();
    await event();
    const expired = client.publish("a", "", { qos: 1, properties: { messageExpiryInterval: 1 } });
    const kept = client.publish("b", "", { qos: 1, properties: { messageExpiryInterval: 10 } });
    kept.catch(() => {});
    expect(await errorOf(expired)).toMatchObject({ code: "EXPIRED", sent: false });
    const second = await next();
    const { topic, properties } = await second.receive("PUBLISH");
    expect(topic).toBe("b");
    expect(properties.toString("hex")).toBe("0200000009");
  });

  test("a publish with a topic alias of the program's is bound to its connection", async () => {
    await using parts = await reconnecting({ topicAliases: "off" });
    const { client, session, event } = parts;
    session.reset();
    await event();
    expect(await errorOf(client.publish("a", "", { properties: { topicAlias: 1 } }))).toMatchObject({
      code: "NOT_CONNECTED",
    });
  });
});

describe("publishes under way", () => {
  test("are repeated with DUP in their order when the session is resumed", async () => {
    await using parts = await reconnecting();
    const { client, session, next } = parts;
    const calls = [1, 2, 1, 2].map((qos, index) => client.publish(`t/${index}`, "", { qos: qos as 1 | 2 }));
    const first = [];
    for (const _call of calls) first.push(await publishOf(session));
    await session.send(session.packets.pubrec(first[1]!.packetId));
    await session.receive("PUBREL");
    session.reset();
    const second = await next({ sessionPresent: true });
    expect(await publishOf(second)).toEqual({ ...first[0], dup: true });
    expect((await second.receive("PUBREL")).packetId).toBe(first[1]!.packetId);
    expect(await publishOf(second)).toEqual({ ...first[2], dup: true });
    expect(await publishOf(second)).toEqual({ ...first[3], dup: true });
    await second.send(
      second.packets.puback(first[0]!.packetId),
      second.packets.pubcomp(first[1]!.packetId),
      second.packets.puback(first[2]!.packetId),
      second.packets.pubrec(first[3]!.packetId),
    );
    await second.receive("PUBREL");
    await second.send(second.packets.pubcomp(first[3]!.packetId));
    expect((await Promise.all(calls)).map(({ mid }) => mid)).toEqual(first.map(({ packetId }) => packetId));
  });

  test("are repeated also if their call has rejected meanwhile", async () => {
    await using parts = await reconnecting();
    const { client, session, next } = parts;
    const call = errorOf(client.publish("t", "", { qos: 1, timeout: 0.05 }));
    const first = await publishOf(session);
    expect(await call).toMatchObject({ code: "TIMEOUT", sent: true });
    session.reset();
    const second = await next({ sessionPresent: true });
    expect(await publishOf(second)).toEqual({ ...first, dup: true });
  });

  test("without a session QoS 1 is sent anew, before anything later, and QoS 2 rejects", async () => {
    await using parts = await reconnecting();
    const { client, session, next, event } = parts;
    const one = client.publish("one", "", { qos: 1 });
    const two = errorOf(client.publish("two", "", { qos: 2 }));
    const given = errorOf(client.publish("given up", "", { qos: 1, timeout: 0.05 }));
    for (let count = 0; count < 3; count++) await session.receive("PUBLISH");
    await given;
    session.reset();
    await event();
    const later = client.publish("later", "", { qos: 2 });
    later.catch(() => {});
    const second = await next();
    const anew = await publishOf(second);
    expect(anew).toMatchObject({ topic: "one", dup: false });
    expect(await publishOf(second)).toMatchObject({ topic: "later", dup: false });
    expect(await two).toMatchObject({ code: "SESSION_LOST", sent: true });
    await second.send(second.packets.puback(anew.packetId));
    expect((await one).mid).toBe(anew.packetId);
  });

  test("SUBSCRIBE and UNSUBSCRIBE are sent again as new packets", async () => {
    await using parts = await reconnecting();
    const { client, session, next } = parts;
    const subscribed = client.subscribe("a/#", { qos: 1 });
    await session.receive("SUBSCRIBE");
    session.reset();
    const second = await next({ sessionPresent: true });
    const { packetId, subscriptions } = await second.receive("SUBSCRIBE");
    expect(subscriptions).toMatchObject([{ filter: "a/#", qos: 1 }]);
    await second.send(second.packets.suback(packetId, [1]));
    expect((await subscribed).map(({ value }) => value)).toEqual([1]);
    const unsubscribed = client.unsubscribe("a/#");
    await second.receive("UNSUBSCRIBE");
    second.reset();
    const third = await next({ sessionPresent: true });
    const again = await third.receive("UNSUBSCRIBE");
    await third.send(third.packets.unsuback(again.packetId, [0]));
    await unsubscribed;
  });

  test("a call that is still waiting for its answer survives two losses", async () => {
    await using parts = await reconnecting();
    const { client, session, next } = parts;
    const call = client.publish("t", "", { qos: 1 });
    const first = await publishOf(session);
    let current = session;
    for (let loss = 0; loss < 2; loss++) {
      current.reset();
      current = await next({ sessionPresent: true });
      expect(await publishOf(current)).toEqual({ ...first, dup: true });
    }
    await current.send(current.packets.puback(first.packetId));
    await call;
  });

  test("new limits refuse what waits, and the connection goes on", async () => {
    await using parts = await reconnecting();
    const { client, session, next, event } = parts;
    session.reset();
    await event();
    const large = errorOf(client.publish("large", "x".repeat(200), { qos: 1 }));
    const exact = errorOf(client.publish("exact", "", { qos: 2 }));
    const kept = errorOf(client.publish("kept", "", { retain: true, qos: 1 }));
    const wild = errorOf(client.subscribe("a/#"));
    const fine = client.publish("fine", "", { qos: 1 });
    const second = await next({
      properties: {
        maximumPacketSize: 100,
        maximumQoS: 1,
        retainAvailable: 0,
        wildcardSubscriptionAvailable: 0,
      },
    });
    for (const [call, value] of [
      [large, 0x95],
      [exact, 0x9b],
      [kept, 0x9a],
      [wild, 0xa2],
    ] as const) {
      const error = await call;
      expect(error).toBeInstanceOf(MqttCodeError);
      expect(error).toMatchObject({ reasonCode: { value }, sent: false });
    }
    const { packetId, topic } = await second.receive("PUBLISH");
    expect(topic).toBe("fine");
    await second.send(second.packets.puback(packetId));
    await fine;
    expect(client.state).toBe("connected");
  });
});

test("without reconnect maxQueuedOutgoingBytes limits the publishes that wait for a slow broker", async () => {
  await using parts = await reconnecting({
    reconnect: false,
    maxInflightMessages: 1,
    maxQueuedOutgoingBytes: 100,
  });
  const { client, session } = parts;
  const first = client.publish("t", "", { qos: 1 });
  const second = client.publish("t", "x".repeat(90), { qos: 1 });
  expect(await errorOf(client.publish("t", "x".repeat(90), { qos: 1 }))).toMatchObject({
    code: "QUEUE_FULL",
    sent: false,
  });
  session.serve();
  await Promise.all([first, second]);
  await client.publish("another/topic", "x".repeat(90), { qos: 1 });
});

test("without reconnect a loss rejects all calls, as ever", async () => {
  await using parts = await reconnecting({ reconnect: false, protocol: ProtocolVersion.V311 });
  const { client, session } = parts;
  const published = errorOf(client.publish("t", "", { qos: 1 }));
  await session.receive("PUBLISH");
  session.reset();
  expect(await published).toMatchObject({ code: "CONNECTION_LOST", sent: true });
  expect(client.state).toBe("disconnected");
  expect(await errorOf(client.publish("t"))).toMatchObject({ code: "NOT_CONNECTED" });
});
