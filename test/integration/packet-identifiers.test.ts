import { expect, test } from "vitest";
import { Client } from "../../lib/index.ts";
import { politeAnswers, silence } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

/** The number of packet identifiers. */
const IDENTIFIERS = 65_535;

test("unanswered calls keep their identifiers in a resumed session, and stop no other call", async () => {
  await using broker = await ScriptedBroker.serving({
    CONNECT: (_packet, session) =>
      session.send(session.packets.connack({ sessionPresent: broker.sessions.length > 1 })),
    SUBSCRIBE: silence,
    PUBLISH: (packet, session) => {
      if (packet.topic === "unanswered") identifiers.unanswered.add(packet.packetId);
      else {
        identifiers.others.add(packet.packetId);
        politeAnswers.PUBLISH(packet, session);
      }
    },
  });
  const identifiers = { unanswered: new Set<number>(), others: new Set<number>() };
  const options = { identifier: "sensor", cleanSession: false, maxInflightMessages: 1_000, timeout: 5 };
  const client = await Client.connect(broker.url, options);
  const unanswered = [1, 2].map((qos) =>
    client.publish("unanswered", "p", { qos: qos as 1 | 2, timeout: 0.1 }),
  );
  for (const { reason } of (await Promise.allSettled(unanswered)) as PromiseRejectedResult[])
    expect(reason).toMatchObject({ code: "TIMEOUT" });
  broker.sessions[0]!.reset();
  await client.closed;
  await client.connect();
  await expect(client.subscribe("t", { timeout: 0.1 })).rejects.toMatchObject({ code: "TIMEOUT" });
  for (let count = 0; count < IDENTIFIERS + 1_000; count += 1_000)
    await Promise.all(Array.from({ length: 1_000 }, () => client.publish("t", "p", { qos: 1 })));

  expect(identifiers.unanswered.size).toBe(2);
  expect(identifiers.others.size).toBe(IDENTIFIERS - 3); // the SUBSCRIBE has one, too
  for (const identifier of identifiers.unanswered) expect(identifiers.others).not.toContain(identifier);
  expect(client.statistics.inflight).toBe(3);
  await client.disconnect({ timeout: 0 });
});

test("packet identifiers continue over the connections and sessions of a client", async () => {
  await using broker = await ScriptedBroker.serving();
  const client = new Client(broker.url);
  const used: number[] = [];
  for (let connections = 0; connections < 5; connections++) {
    await client.connect();
    for (const qos of [1, 2] as const) used.push((await client.publish("t", "p", { qos })).mid);
    await client.subscribe("t");
    await client.disconnect();
  }
  expect(used).toEqual(used.map((_, index) => ((used[0]! - 1 + index + (index >> 1)) % IDENTIFIERS) + 1));
});

test("the first identifier of a client is random", async () => {
  await using broker = await ScriptedBroker.serving();
  const firsts = new Set<number>();
  for (let clients = 0; clients < 10; clients++) {
    await using client = await Client.connect(broker.url);
    firsts.add((await client.publish("t", "p", { qos: 1 })).mid);
  }
  expect(firsts.size).toBeGreaterThan(1);
});
