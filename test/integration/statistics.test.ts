import { expect, test } from "vitest";
import { Client } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { eventually } from "../support/eventually.ts";
import { takeOne } from "../support/messages.ts";
import { silence } from "../support/scripted-answers.ts";

const nothing = {
  messagesReceived: 0,
  messagesSent: 0,
  messagesDropped: 0,
  bytesReceived: 0,
  bytesSent: 0,
  queuedIncoming: 0,
  queuedOutgoing: 0,
  inflight: 0,
  pendingCalls: 0,
  messagesRefused: 0,
  oldestUnacknowledged: 0,
  pendingRequests: 0,
  lateResponses: 0,
  connects: 0,
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
