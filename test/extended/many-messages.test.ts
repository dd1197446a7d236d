// Streams with many messages, with slow consumers, and without any; and many streams.

import { expect, test } from "vitest";
import {
  Client,
  type ClientOptions,
  type Message,
  type MessageStream,
  ProtocolVersion,
} from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { eventually } from "../support/eventually.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { openSockets, threadCount } from "../support/resources.ts";

const RETAINED = 60_000;
const STREAMS = 1_000;
const PROTOCOLS = [ProtocolVersion.V311, ProtocolVersion.V5];

/** Publishes so many retained messages, each to a topic of its own. */
async function retain(url: string, count: number): Promise<void> {
  await using publisher = await Client.connect(url);
  publisher.pendingCallsThreshold = Number.POSITIVE_INFINITY;
  const calls = Array.from({ length: count }, (_, number) =>
    publisher.publish(`kept/${number % 100}/${number}`, number, { qos: 1, retain: true, timeout: 60 }),
  );
  await Promise.all(calls);
}

/** Reads so many messages in a loop, which acknowledges them if the stream does so. */
async function readNumbers(stream: MessageStream, count: number): Promise<Set<number>> {
  const numbers = new Set<number>();
  let copies = 0;
  for await (const message of stream) {
    numbers.add(Number(message.text()));
    if (++copies < count) continue;
    message.acknowledge();
    break;
  }
  expect(copies).toBe(numbers.size);
  return numbers;
}

test.each<[string, ClientOptions]>([
  ["on 3.1.1", { protocol: ProtocolVersion.V311 }],
  ["on MQTT 5", { protocol: ProtocolVersion.V5 }],
  ["acknowledged late, on 3.1.1", { protocol: ProtocolVersion.V311, acknowledge: "processed" }],
  ["acknowledged late, on MQTT 5", { protocol: ProtocolVersion.V5, acknowledge: "processed" }],
])(
  "a stream gets a flood of 60 000 retained messages once, %s",
  async (_name, options) => {
    await using broker = await startMosquitto({ config: ["max_queued_messages 0"] });
    await retain(broker.url, RETAINED);
    await using client = await Client.connect(broker.url, options);
    await using all = await client.stream("kept/#", { qos: 1, maxQueued: RETAINED });
    await using some = await client.stream("kept/7/+", { qos: 1 });
    const [numbers, others] = await Promise.all([
      readNumbers(all, RETAINED),
      readNumbers(some, RETAINED / 100),
    ]);
    expect(numbers.size).toBe(RETAINED);
    expect(others.size).toBe(RETAINED / 100);
    expect([all.dropped, some.dropped, client.messages.length]).toEqual([0, 0, 0]);
  },
  60_000,
);

test.each(PROTOCOLS)(
  "streams whose consumer never comes, or throws, hold up no other, MQTT level %s",
  async (protocol) => {
    await using broker = await startMosquitto({ config: ["max_queued_messages 0"] });
    await using client = await Client.connect(broker.url, { protocol });
    await using publisher = await Client.connect(broker.url, { protocol });
    publisher.pendingCallsThreshold = Number.POSITIVE_INFINITY;
    await using ignored = await client.stream("a/ignored", { qos: 1, maxQueued: 100 });
    await using failing = await client.stream("a/failing", { qos: 1 });
    await using read = await client.stream("a/read", { qos: 1 });
    const failures = new Set<string>();
    const consume = async (message: Message) => {
      failures.add(message.text());
      throw new Error("the consumer failed");
    };
    const loop = async () => {
      while (failures.size < 1_000)
        try {
          for await (const message of failing) await consume(message);
        } catch (error) {
          expect(error).toMatchObject({ message: "the consumer failed" });
        }
    };
    const failed = loop();
    const numbers = readNumbers(read, 1_000);
    const calls = Array.from({ length: 1_000 }, (_, number) =>
      ["ignored", "failing", "read"].map((name) =>
        publisher.publish(`a/${name}`, number, { qos: 1, timeout: 60 }),
      ),
    );
    await Promise.all(calls.flat());
    expect((await numbers).size).toBe(1_000);
    await failed;
    expect([ignored.length, ignored.dropped]).toEqual([100, 900]);
    expect(client.statistics.messagesDropped).toBe(900);
  },
  60_000,
);

test("a late stream whose consumer never comes stops the broker at the Receive Maximum, and calls go on", async () => {
  await using pair = await connected(
    {},
    { protocol: ProtocolVersion.V5, acknowledge: "manual", receiveMaximum: 10 },
  );
  const { client, session } = pair;
  const ignored = await client.stream("a/ignored", { qos: 1 });
  for (let packetId = 1; packetId <= 10; packetId++)
    await session.send(session.packets.publish({ topic: "a/ignored", qos: 1, packetId }));
  await eventually(() => expect(ignored.length).toBe(10));
  await client.publish("marker", "", { qos: 2 });
  expect(session.received.some(({ type }) => type === "PUBACK")).toBe(false);
  await ignored[Symbol.asyncDispose]();
});

test("a thousand streams need no thread and no socket of their own", async () => {
  await using broker = await startMosquitto();
  await using client = await Client.connect(broker.url, { protocol: ProtocolVersion.V5, timeout: 30 });
  await client.publish("warm", "", { qos: 1 });
  const threads = threadCount();
  const sockets = openSockets().length;
  const streams = await Promise.all(
    Array.from({ length: STREAMS }, (_, number) => client.stream([`plant/${number}/#`, `state/${number}`])),
  );
  expect(threadCount()).toBe(threads);
  expect(openSockets()).toHaveLength(sockets);
  await Promise.all(
    streams.map((_stream, number) => client.publish(`plant/${number}/level`, number, { timeout: 30 })),
  );
  const values = await Promise.all(streams.map((stream) => stream.next({ timeout: 30 })));
  expect(values.map(({ value }) => Number(value?.text()))).toEqual(Array.from(streams.keys()));
  await Promise.all(streams.map((stream) => stream.unsubscribe({ timeout: 30 })));
  await client.publish("plant/1/level", "", { qos: 1 });
  expect([client.messages.length, client.statistics.queuedIncoming]).toEqual([0, 0]);
}, 60_000);
