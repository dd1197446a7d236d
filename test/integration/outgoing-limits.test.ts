import { expect, test } from "vitest";
import { Client, type ClientOptions, MqttError } from "../../lib/index.ts";
import type { PacketOf } from "../support/client-packets.ts";
import { connected } from "../support/connected.ts";
import { eventually } from "../support/eventually.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { politeAnswers, silence } from "../support/scripted-answers.ts";
import type { ScriptedSession } from "../support/scripted-session.ts";

const qos = 1;
const errorCode = (error: unknown) => (error instanceof MqttError ? error.code : error);
const settledAs = (call: Promise<unknown>) => call.then(() => "done", errorCode);

/** A broker that answers publishes only when the test says so. */
class Slow {
  readonly unanswered: [PacketOf<"PUBLISH">, ScriptedSession][] = [];
  readonly answers = {
    PUBLISH: (packet: PacketOf<"PUBLISH">, session: ScriptedSession) => {
      this.unanswered.push([packet, session]);
    },
  };
  get texts(): string[] {
    return this.unanswered.map(([{ payload }]) => payload.toString());
  }
  answerNext(): void {
    const [packet, session] = this.unanswered.shift()!;
    politeAnswers.PUBLISH(packet, session);
  }
}

// ---- maxQueuedOutgoingMessages ----

test("publish rejects while too many calls wait, and works again later", async () => {
  const slow = new Slow();
  const logger = new RecordingLogger();
  const options = { maxInflightMessages: 2, maxQueuedOutgoingMessages: 3, logger };
  await using all = await connected(slow.answers, options);
  const sent = ["1", "2"].map((text) => settledAs(all.client.publish("t", text, { qos })));
  await eventually(() => expect(slow.unanswered).toHaveLength(2));
  const waiting = ["3", "4", "5"].map((text) => settledAs(all.client.publish("t", text, { qos })));
  await eventually(() => expect(all.client.statistics).toMatchObject({ queuedOutgoing: 3, inflight: 2 }));
  for (const qos of [0, 1, 2] as const)
    expect(await settledAs(all.client.publish("t", "too many", { qos }))).toBe("QUEUE_FULL");
  expect(logger.warnings).toEqual(["Outgoing queue is full: 3 calls wait to be sent already."]);
  slow.answerNext();
  await eventually(() => expect(all.client.statistics.queuedOutgoing).toBe(2));
  const last = settledAs(all.client.publish("t", "6", { qos }));
  for (let answered = 1; answered < 6; answered++) {
    await eventually(() => expect(slow.unanswered).not.toEqual([]));
    slow.answerNext();
  }
  expect(await Promise.all([...sent, ...waiting, last])).toEqual(Array(6).fill("done"));
  const payloads = all.session.received.flatMap((packet) =>
    packet.type === "PUBLISH" ? packet.payload.toString() : [],
  );
  expect(payloads).toEqual(["1", "2", "3", "4", "5", "6"]);
});

test("an aborted call leaves the queue", async () => {
  await using all = await connected(
    { PUBLISH: silence },
    { maxInflightMessages: 1, maxQueuedOutgoingMessages: 1 },
  );
  const abort = new AbortController();
  const first = settledAs(all.client.publish("t", "1", { qos }));
  await all.session.waitFor("PUBLISH");
  const second = settledAs(all.client.publish("t", "2", { qos, signal: abort.signal }));
  expect(await settledAs(all.client.publish("t", "3", { qos }))).toBe("QUEUE_FULL");
  abort.abort("given up");
  expect(await second).toBe("given up");
  const third = settledAs(all.client.publish("t", "4", { qos, timeout: 0.05 }));
  expect(await third).toBe("TIMEOUT");
  all.session.destroy();
  expect(await first).toBe("CONNECTION_LOST");
});

// ---- maxConcurrentOutgoingCalls ----

test("calls beyond maxConcurrentOutgoingCalls wait, in their order", async () => {
  const slow = new Slow();
  await using all = await connected(slow.answers, { maxConcurrentOutgoingCalls: 2 });
  const texts = ["1", "2", "3", "4", "5", "6"];
  const ended: string[] = [];
  const calls = texts.map((text) => all.client.publish("t", text, { qos }).then(() => void ended.push(text)));
  expect(all.client.statistics).toMatchObject({ pendingCalls: 6 });
  for (let answered = 0; answered < 6; answered++) {
    const underWay = texts.slice(answered, answered + 2);
    await eventually(() => expect(slow.texts).toEqual(underWay));
    expect(all.client.statistics.queuedOutgoing).toBe(Math.max(0, 4 - answered));
    slow.answerNext();
  }
  await Promise.all(calls);
  expect(ended).toEqual(texts);
});

test("publish, subscribe and unsubscribe share maxConcurrentOutgoingCalls", async () => {
  await using all = await connected({}, { maxConcurrentOutgoingCalls: 1 });
  await Promise.all([
    all.client.publish("t", "1", { qos }),
    all.client.publish("t", "2"),
    all.client.subscribe("t"),
    all.client.publish("t", "3", { qos: 2 }),
    all.client.unsubscribe("t"),
    all.client.publish("t", "4"),
  ]);
  await all.client.disconnect();
  expect(all.session.received.map(({ type }) => type)).toEqual([
    "CONNECT",
    "PUBLISH",
    "PUBLISH",
    "SUBSCRIBE",
    "PUBLISH",
    "PUBREL",
    "UNSUBSCRIBE",
    "PUBLISH",
    "DISCONNECT",
  ]);
});

test("each message keeps its own topic and payload while it waits", async () => {
  const slow = new Slow();
  await using all = await connected(slow.answers, { maxConcurrentOutgoingCalls: 1 });
  const buffer = Buffer.alloc(1);
  const [long, longer] = ["l".repeat(300), "l".repeat(301)]; // too long for the engine's cache of topics
  const topics = [long, longer, long, "a", "b", "b", "a", long, "a", longer, "b", "a"];
  const calls = topics.map((topic, index) => {
    buffer[0] = 0x41 + index; // the program reuses its buffer
    return all.client.publish(topic, buffer, { qos });
  });
  buffer[0] = 0;
  const sent: string[] = [];
  while (sent.length < topics.length) {
    await eventually(() => expect(slow.unanswered).toHaveLength(1));
    const [{ topic, payload }] = slow.unanswered[0]!;
    sent.push(`${topic}${payload}`);
    slow.answerNext();
  }
  await Promise.all(calls);
  expect(sent).toEqual(topics.map((topic, index) => `${topic}${String.fromCharCode(0x41 + index)}`));
});

test("waiting for other calls counts towards the timeout", async () => {
  await using all = await connected({ PUBLISH: silence }, { maxConcurrentOutgoingCalls: 1 });
  const first = settledAs(all.client.publish("t", "1", { qos }));
  const second = settledAs(all.client.publish("t", "2", { qos, timeout: 0.05 }));
  const third = settledAs(all.client.subscribe("t", { timeout: 0.05 }));
  expect(await Promise.all([second, third])).toEqual(["TIMEOUT", "TIMEOUT"]);
  expect(all.client.statistics).toMatchObject({ pendingCalls: 1, queuedOutgoing: 0 });
  all.session.destroy();
  expect(await first).toBe("CONNECTION_LOST");
  expect(all.session.received.map(({ type }) => type)).toEqual(["CONNECT", "PUBLISH"]);
});

test("a call that is aborted while it waits is not sent, and the next takes its place", async () => {
  const slow = new Slow();
  await using all = await connected(slow.answers, { maxConcurrentOutgoingCalls: 1 });
  const abort = new AbortController();
  const first = all.client.publish("t", "1", { qos });
  const second = settledAs(all.client.publish("t", "2", { qos, signal: abort.signal }));
  const third = all.client.publish("t", "3", { qos });
  abort.abort("given up");
  expect(await second).toBe("given up");
  for (const text of ["1", "3"]) {
    await eventually(() => expect(slow.texts).toEqual([text]));
    slow.answerNext();
  }
  await Promise.all([first, third]);
});

test("a call that times out after it was sent makes room for the next", async () => {
  const slow = new Slow();
  await using all = await connected(slow.answers, { maxConcurrentOutgoingCalls: 1 });
  const first = settledAs(all.client.publish("t", "1", { qos, timeout: 0.05 }));
  const second = all.client.publish("t", "2", { qos });
  expect(await first).toBe("TIMEOUT");
  await eventually(() => expect(slow.texts).toEqual(["1", "2"]));
  slow.answerNext();
  slow.answerNext();
  await second;
});

test.each([
  ["loss", (session: ScriptedSession) => session.reset(), "CONNECTION_LOST"],
  ["disconnect", (_: ScriptedSession, client: Client) => client.disconnect({ timeout: 0 }), "NOT_CONNECTED"],
] as const)("a %s settles waiting calls, and they are not sent later", async (_name, end, code) => {
  await using all = await connected({ PUBLISH: silence }, { maxConcurrentOutgoingCalls: 2 });
  const calls = Array.from({ length: 9 }, (_, index) =>
    settledAs(all.client.publish("t", String(index), { qos })),
  );
  await all.session.waitFor("PUBLISH", { where: ({ payload }) => payload.toString() === "1" });
  await end(all.session, all.client);
  expect(await Promise.all(calls)).toEqual(Array(9).fill(code));
  expect(all.client.statistics).toMatchObject({ pendingCalls: 0, queuedOutgoing: 0, inflight: 0 });
  await all.client.connect();
  const session = await all.broker.accept();
  await all.client.publish("t", "later");
  await all.client.disconnect();
  const texts = session.received.flatMap((packet) =>
    packet.type === "PUBLISH" ? packet.payload.toString() : [],
  );
  expect(texts).toEqual(["later"]);
});

test("disconnect lets waiting calls finish first", async () => {
  await using all = await connected({}, { maxConcurrentOutgoingCalls: 1 });
  const calls = Array.from({ length: 20 }, (_, index) => all.client.publish("t", String(index), { qos }));
  await all.client.disconnect();
  await Promise.all(calls);
  expect(all.session.received.filter(({ type }) => type === "PUBLISH")).toHaveLength(20);
});

test("waiting calls count towards maxQueuedOutgoingMessages", async () => {
  await using all = await connected(
    { PUBLISH: silence },
    { maxConcurrentOutgoingCalls: 1, maxQueuedOutgoingMessages: 2 },
  );
  const calls = Array.from({ length: 5 }, () => settledAs(all.client.publish("t", "p", { qos })));
  await eventually(() => expect(all.client.statistics.inflight).toBe(1));
  expect(all.client.statistics.pendingCalls).toBeGreaterThanOrEqual(2);
  all.session.reset();
  const codes = await Promise.all(calls);
  expect(codes).toContain("QUEUE_FULL");
  expect(codes.filter((code) => code === "CONNECTION_LOST")).toHaveLength(
    5 - codes.filter((code) => code === "QUEUE_FULL").length,
  );
});

// ---- pendingCallsThreshold ----

test("crossing pendingCallsThreshold is logged once", async () => {
  const logger = new RecordingLogger();
  await using all = await connected({}, { logger });
  expect(all.client.pendingCallsThreshold).toBe(10);
  all.client.pendingCallsThreshold = 3;
  for (let round = 1; round <= 2; round++) {
    await Promise.all(Array.from({ length: 6 }, () => all.client.publish("t", "p", { qos })));
    expect(logger.warnings).toEqual(Array(round).fill("There are 4 pending publish calls."));
  }
  all.client.pendingCallsThreshold = Number.POSITIVE_INFINITY;
  await Promise.all(Array.from({ length: 50 }, () => all.client.publish("t", "p", { qos })));
  expect(logger.warnings).toHaveLength(2);
});

test.each([-1, 1.5, Number.NaN, "3", null])("the pendingCallsThreshold %s is refused", (threshold) => {
  const client = new Client("localhost");
  expect(() => {
    client.pendingCallsThreshold = threshold as number;
  }).toThrow("pendingCallsThreshold");
  expect(client.pendingCallsThreshold).toBe(10);
});

test.each([
  ["maxQueuedOutgoingMessages", 0],
  ["maxQueuedOutgoingMessages", "many"],
  ["maxConcurrentOutgoingCalls", 0],
  ["maxConcurrentOutgoingCalls", -1],
  ["maxConcurrentOutgoingCalls", 0.5],
  ["maxConcurrentOutgoingCalls", null],
])("the option %s with the value %s is refused", (name, value) => {
  expect(() => new Client("localhost", { [name]: value } as ClientOptions)).toThrow(name);
});
