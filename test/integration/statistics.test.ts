import { expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { eventually } from "../support/eventually.ts";
import { takeOne } from "../support/messages.ts";
import { reconnecting } from "../support/reconnecting.ts";
import { silence } from "../support/scripted-answers.ts";

const nothing = {
  messagesReceived: 0,
  receivedByQoS: [0, 0, 0],
  publishedByQoS: [0, 0, 0],
  acknowledgements: { count: 0, mean: 0, p50: 0, p90: 0, p99: 0, p999: 0, max: 0 },
  messagesSent: 0,
  messagesDropped: 0,
  bytesReceived: 0,
  bytesSent: 0,
  queuedIncoming: 0,
  queuedOutgoing: 0,
  queuedIncomingPeak: 0,
  queuedOutgoingPeak: 0,
  inflight: 0,
  pendingCalls: 0,
  messagesRefused: 0,
  oldestUnacknowledged: 0,
  pendingRequests: 0,
  lateResponses: 0,
  connects: 0,
  reconnects: 0,
};

test("a new client has counted nothing", () => {
  expect(new Client("localhost").statistics).toEqual(nothing);
});

test("bytes of packets are counted in both directions", async () => {
  await using all = await connected();
  const { client, session } = all;
  const receivedBytes = () => session.received.reduce((sum, { raw }) => sum + raw.length, 0);
  await client.publish("t", "0123456789", { qos: 1 });
  await client.publish("t", Buffer.alloc(1_000_000), { qos: 2 });
  await client.publish("t", "p");
  await eventually(() => expect(client.statistics.bytesSent).toBe(receivedBytes()));
  const large = session.packets.publish({ topic: "t", payload: Buffer.alloc(300_000) });
  const before = client.statistics.bytesReceived;
  await session.send(large);
  await eventually(() => expect(client.statistics.bytesReceived).toBe(before + large.length));
  await takeOne(client);
  expect(client.statistics).toMatchObject({ messagesSent: 3, messagesReceived: 1, connects: 1 });
});

test("messages in flight and waiting calls are counted", async () => {
  await using all = await connected({ PUBLISH: silence }, { maxInflightMessages: 2 });
  const calls = Array.from({ length: 5 }, () => all.client.publish("t", "p", { qos: 1 }));
  await eventually(() =>
    expect(all.client.statistics).toMatchObject({
      messagesSent: 2,
      queuedOutgoing: 3,
      inflight: 2,
      pendingCalls: 5,
    }),
  );
  all.session.reset();
  await Promise.allSettled(calls);
  expect(all.client.statistics).toMatchObject({ queuedOutgoing: 0, inflight: 0, pendingCalls: 0 });
});

test("counters continue over several connections", async () => {
  await using all = await connected();
  await all.client.publish("t", "p");
  const first = all.client.statistics;
  await all.client.disconnect();
  await all.client.connect();
  await all.client.publish("t", "p");
  const { connects, messagesSent, bytesSent, bytesReceived } = all.client.statistics;
  expect({ connects, messagesSent }).toEqual({ connects: 2, messagesSent: 2 });
  expect(bytesSent).toBeGreaterThan(first.bytesSent);
  expect(bytesReceived).toBe(first.bytesReceived * 2);
});

test("messages that a resumed session repeats count as sent, PUBREL does not", async () => {
  let connections = 0;
  await using all = await connected(
    {
      CONNECT: (_packet, session) =>
        session.send(session.packets.connack({ sessionPresent: connections++ > 0 })),
      PUBLISH: ({ topic, packetId }, session) => {
        if (topic === "received") session.send(session.packets.pubrec(packetId));
      },
      PUBREL: silence,
    },
    { identifier: "sensor", cleanSession: false },
  );
  const { client, session } = all;
  const calls = [
    client.publish("received", "p", { qos: 2 }),
    client.publish("t", "p", { qos: 1 }),
    client.publish("t", "p", { qos: 2 }),
  ];
  await session.waitFor("PUBREL");
  expect(client.statistics.messagesSent).toBe(3);
  session.reset();
  await Promise.allSettled(calls);
  await client.connect();
  const resumed = await all.broker.accept();
  await resumed.waitFor("PUBLISH", { where: ({ dup, qos }) => dup && qos === 2 });
  expect(resumed.received.map(({ type }) => type)).toEqual(["CONNECT", "PUBREL", "PUBLISH", "PUBLISH"]);
  expect(client.statistics.messagesSent).toBe(5);
});

test("messages are counted by QoS, in both directions", async () => {
  await using all = await connected();
  const { client, session } = all;
  const qoss = [0, 0, 0, 1, 1, 2] as const;
  await Promise.all(qoss.map((qos) => client.publish("t", "p", { qos })));
  await client.publish("t", "p", { qos: 0, retain: true });
  expect(client.statistics.publishedByQoS).toEqual([4, 2, 1]);
  const packets = qoss.map((qos, index) => session.packets.publish({ topic: "t", qos, packetId: index + 1 }));
  await session.send(...packets);
  for (let i = 0; i < 6; i++) await takeOne(client);
  expect(client.statistics).toMatchObject({ receivedByQoS: [3, 2, 1], messagesReceived: 6 });
});

test("a refused publish and one without an answer are not counted as published", async () => {
  await using all = await connected(
    {
      PUBLISH: ({ topic, packetId }, session) => {
        if (topic === "refused") session.send(session.packets.puback(packetId, { reasonCode: 0x87 }));
      },
    },
    { protocol: ProtocolVersion.V5 },
  );
  const refused = all.client.publish("refused", "p", { qos: 1 });
  await expect(refused).rejects.toThrow("Not authorized");
  await expect(all.client.publish("silent", "p", { qos: 1, timeout: 0.05 })).rejects.toThrow("timed out");
  expect(all.client.statistics).toMatchObject({ publishedByQoS: [0, 0, 0], acknowledgements: { count: 0 } });
});

test("the times of acknowledgements contain the wait for the broker", async () => {
  const delays = [0, 0, 0, 200];
  await using all = await connected({
    PUBLISH: ({ packetId }, session) => {
      setTimeout(() => session.send(session.packets.puback(packetId)), delays.shift());
    },
  });
  for (let i = 0; i < 4; i++) await all.client.publish("t", "p", { qos: 1 });
  await all.client.publish("t", "p");
  const { count, mean, p50, p90, p99, p999, max } = all.client.statistics.acknowledgements;
  expect(count).toBe(4);
  expect(max).toBeGreaterThan(0.19);
  expect(max).toBeLessThan(5);
  expect([p90, p99, p999]).toEqual([max, max, max]);
  expect(p50).toBeLessThan(0.19);
  expect(mean).toBeGreaterThan(max / 4);
});

test("peaks of queues stay when the queues are empty again", async () => {
  await using all = await connected({ PUBLISH: silence }, { maxInflightMessages: 2 });
  const { client, session } = all;
  const calls = Array.from({ length: 7 }, () => client.publish("t", "p", { qos: 1 }));
  await session.send(...Array.from({ length: 3 }, () => session.packets.publish({ topic: "t" })));
  await eventually(() => expect(client.messages.length).toBe(3));
  for (let i = 0; i < 3; i++) await takeOne(client);
  expect(client.statistics).toMatchObject({
    ...{ queuedIncoming: 0, queuedIncomingPeak: 3, queuedOutgoing: 5, queuedOutgoingPeak: 5 },
  });
  session.serve();
  await Promise.all(calls);
  expect(client.statistics).toMatchObject({ queuedOutgoing: 0, queuedOutgoingPeak: 5 });
});

test("a full queue has its limit as peak", async () => {
  await using all = await connected({}, { maxQueuedIncomingMessages: 2, overflow: "drop-oldest" });
  await all.session.send(...Array.from({ length: 5 }, () => all.session.packets.publish({ topic: "t" })));
  await eventually(() => expect(all.client.statistics.messagesDropped).toBe(3));
  expect(all.client.statistics.queuedIncomingPeak).toBe(2);
});

test("connections after a loss are counted as reconnects", async () => {
  await using all = await reconnecting();
  expect(all.client.statistics).toMatchObject({ connects: 1, reconnects: 0 });
  all.session.reset();
  await all.next();
  await eventually(() => expect(all.client.statistics).toMatchObject({ connects: 2, reconnects: 1 }));
});
