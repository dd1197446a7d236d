// Requests whose connection is lost.

import { describe, expect, test } from "vitest";
import { Client, type Message, ProtocolVersion, type RequestOptions } from "../../../lib/index.ts";
import type { PublishPacket } from "../../support/client-packets.ts";
import { connected } from "../../support/connected.ts";
import { decodeProperties } from "../../support/properties.ts";
import { errorOf } from "../../support/reconnecting.ts";
import { silence } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";

const RECONNECT = { protocol: ProtocolVersion.V5, reconnect: { minDelay: 0.01, maxDelay: 0.02 } };

/** A client that reconnects, with a broker whose sessions are there or not. */
async function start(reconnects = true) {
  const state = { present: false };
  const broker = await ScriptedBroker.serving({
    CONNECT: (_packet, session) => session.send(session.packets.connack({ sessionPresent: state.present })),
    PUBLISH: silence,
  });
  const client = await Client.connect(broker.url, reconnects ? RECONNECT : { protocol: ProtocolVersion.V5 });
  const session = await broker.accept();
  return {
    broker,
    client,
    session,
    state,
    async [Symbol.asyncDispose]() {
      await client.disconnect({ timeout: 0 });
      await broker.stop();
    },
  };
}

function respond(session: ScriptedSession, request: PublishPacket, payload = "done"): Promise<void> {
  const { responseTopic = "", correlationData = Buffer.alloc(0) } = decodeProperties(request.properties);
  return session.send(
    session.packets.publish({ topic: responseTopic, payload, properties: { correlationData } }),
  );
}

const isLost = { code: "CONNECTION_LOST", sent: true };

/** Requests, and loses the connection after the PUBLISH, and after its PUBACK if wanted. */
async function interrupted(
  parts: Awaited<ReturnType<typeof start>>,
  options: RequestOptions,
  { acknowledged = false, present = false } = {},
): Promise<{ call: Promise<Message>; next: ScriptedSession }> {
  const { client, session, broker, state } = parts;
  const call = client.request("a", "x", options);
  call.catch(() => {});
  const { packetId } = await session.waitFor("PUBLISH");
  if (acknowledged) {
    await session.send(session.packets.puback(packetId));
    await client.publish("marker", "");
    await session.waitFor("PUBLISH", { where: ({ topic }) => topic === "marker" });
  }
  state.present = present;
  session.end();
  const next = await broker.accept();
  await next.waitFor("CONNECT");
  return { call, next };
}

describe("a request that was written", () => {
  test("rejects at QoS 0", async () => {
    await using parts = await start();
    await expect((await interrupted(parts, {})).call).rejects.toMatchObject(isLost);
  });

  test("is sent again at QoS 0 with resend", async () => {
    await using parts = await start();
    const { call, next } = await interrupted(parts, { resend: true });
    const again = await next.waitFor("PUBLISH");
    await respond(next, again);
    expect((await call).text()).toBe("done");
    expect(next.received.filter(({ type }) => type === "SUBSCRIBE")).toHaveLength(1);
  });

  test.each([true, false])(
    "stays pending at QoS 1 in a resumed session, acknowledged: %s",
    async (acknowledged) => {
      await using parts = await start();
      const { call, next } = await interrupted(parts, { qos: 1 }, { acknowledged, present: true });
      const { session } = parts;
      const request = session.received.find((packet) => packet.type === "PUBLISH") as PublishPacket;
      if (!acknowledged) expect((await next.waitFor("PUBLISH")).dup).toBe(true);
      await respond(next, request);
      expect((await call).text()).toBe("done");
    },
  );

  test.each([true, false])("rejects at QoS 1 in a new session, acknowledged: %s", async (acknowledged) => {
    await using parts = await start();
    const { call, next } = await interrupted(parts, { qos: 1 }, { acknowledged });
    await expect(call).rejects.toMatchObject(isLost);
    await parts.client.publish("marker", "");
    const { topic } = await next.waitFor("PUBLISH");
    expect(topic).toBe("marker");
  });

  test.each([true, false])("is sent again at QoS 1 with resend, acknowledged: %s", async (acknowledged) => {
    await using parts = await start();
    const { call, next } = await interrupted(parts, { qos: 1, resend: true }, { acknowledged });
    const again = await next.waitFor("PUBLISH");
    expect(again.dup).toBe(false);
    await respond(next, again);
    expect((await call).text()).toBe("done");
    await next.send(next.packets.puback(again.packetId));
    await parts.client.publish("marker", "");
    expect((await next.waitFor("PUBLISH")).topic).toBe("marker");
  });

  test("rejects at QoS 2 in a new session", async () => {
    await using parts = await start();
    await expect((await interrupted(parts, { qos: 2 })).call).rejects.toMatchObject(isLost);
  });

  test("rejects without reconnect", async () => {
    await using parts = await start(false);
    const { client, session } = parts;
    const call = client.request("a");
    await session.waitFor("PUBLISH");
    session.end();
    await expect(call).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(client.statistics.pendingRequests).toBe(0);
  });
});

test("a request during an outage waits, and its default timeout too", async () => {
  await using parts = await start();
  const { client, session, broker } = parts;
  client.timeout = 0.5;
  broker.refuse();
  session.end();
  await session.closed;
  const call = errorOf(client.request("a", "x", { qos: 1 }));
  await expect(client.request("a", "x", { timeout: 0.7 })).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(client.statistics.pendingRequests).toBe(1);
  await client.disconnect();
  expect(await call).toMatchObject({ code: "NOT_CONNECTED" });
});

test("a request before the first connection uses the broker's Response Information", async () => {
  await using broker = await ScriptedBroker.serving({
    CONNECT: (_packet, session) =>
      session.send(session.packets.connack({ properties: { responseInformation: "answers/x" } })),
  });
  const client = new Client(broker.url, { ...RECONNECT, properties: { requestResponseInformation: true } });
  const connecting = client.connect();
  const call = client.request("a");
  const session = await broker.accept();
  const request = await session.waitFor("PUBLISH");
  expect(decodeProperties(request.properties).responseTopic).toMatch(/^answers\/x\/[0-9a-f]{24}$/);
  await respond(session, request);
  await call;
  await respond(session, request);
  await respond(session, request);
  await connecting;
  await client.publish("end", "", { qos: 1 });
  expect(client.statistics).toMatchObject({ lateResponses: 2, pendingRequests: 0 });
  await client.disconnect();
});

describe("a broker that tells that nobody responds", () => {
  test.each([1, 2] as const)("rejects the request, QoS %s", async (qos) => {
    await using pair = await connected(
      {
        PUBLISH: ({ packetId }, session) =>
          session.send(session.packets[qos === 1 ? "puback" : "pubrec"](packetId, { reasonCode: 0x10 })),
      },
      { protocol: ProtocolVersion.V5 },
    );
    const { client, session } = pair;
    await expect(client.request("a", "", { qos })).rejects.toMatchObject({
      code: "NO_RESPONDER",
      sent: true,
      message: expect.stringMatching(/request to 'a'/),
    });
    expect(client.statistics.pendingRequests).toBe(0);
    if (qos === 2) await session.waitFor("PUBREL");
  });

  test("does not reject one that has its response", async () => {
    await using pair = await connected(
      {
        PUBLISH: async (packet, session) => {
          await respond(session, packet);
          await session.send(session.packets.puback(packet.packetId, { reasonCode: 0x10 }));
        },
      },
      { protocol: ProtocolVersion.V5 },
    );
    expect((await pair.client.request("a", "", { qos: 1 })).text()).toBe("done");
  });
});

test("requests share the subscriptions of their response topics", async () => {
  await using pair = await connected({ PUBLISH: (packet, session) => respond(session, packet) }, RECONNECT);
  const { client, session } = pair;
  await Promise.all([
    client.request("a"),
    client.request("b"),
    client.request("c", "", { responseTopic: "own" }),
  ]);
  await Promise.all([client.request("a"), client.request("c", "", { responseTopic: "own" })]);
  const topics = session.received.flatMap((packet) =>
    packet.type === "SUBSCRIBE" ? packet.subscriptions.map(({ filter }) => filter) : [],
  );
  expect(topics).toHaveLength(2);
  expect(topics).toContain("own");
});
