import { expect, test } from "vitest";
import { Client, type ClientOptions, type Logger, ProtocolVersion } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { eventually } from "../support/eventually.ts";
import { takeOne } from "../support/messages.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const V5 = ProtocolVersion.V5;

test("connections and orderly ends are logged", async () => {
  const logger = new RecordingLogger();
  await using all = await connected({}, { logger, identifier: "sensor" });
  await all.client.disconnect();
  const place = `127.0.0.1:${all.broker.port} as sensor`;
  expect(logger.own).toEqual([`info: Connected to ${place}`, `info: Disconnected from ${place}`]);
});

test("a lost connection is logged with the broker's reason on one line", async () => {
  const logger = new RecordingLogger();
  await using all = await connected({}, { logger, protocol: V5 });
  const properties = { reasonString: "go away\nerror: really" };
  await all.session.send(all.session.packets.disconnect({ reasonCode: 0x8e, properties }));
  await all.client.closed;
  expect(logger.own.at(-1)).toBe(
    `warn: Lost the connection to 127.0.0.1:${all.broker.port}: [code:142] Session taken over: go away\\nerror: really`,
  );
});

test("a failed attempt is logged", async () => {
  const logger = new RecordingLogger();
  await using broker = await ScriptedBroker.start();
  broker.refuse();
  const client = new Client("127.0.0.1", broker.port, { logger });
  await expect(client.connect()).rejects.toMatchObject({ code: "ECONNREFUSED" });
  expect(logger.own).toHaveLength(1);
  expect(logger.own[0]).toMatch(/^warn: Connecting to 127\.0\.0\.1:\d+ failed: .*refused/i);
});

test("the packet trace is logged at level debug, without payloads", async () => {
  const logger = new RecordingLogger();
  await using all = await connected({}, { logger });
  const { mid } = await all.client.publish("t", "confidential", { qos: 1 });
  await all.session.send(
    all.session.packets.publish({ topic: "t", payload: "confidential", qos: 2, packetId: 5 }),
  );
  await all.session.waitFor("PUBREC");
  await all.session.send(all.session.packets.pubrel(5));
  await takeOne(all.client);
  const trace = logger.lines.filter((line) => line.startsWith("debug: trace: ")).join("\n");
  expect(trace).toContain("-> CONNECT version 4");
  expect(trace).toContain("<- CONNACK rc: 0");
  expect(`${trace}\n`).toContain(`-> PUBLISH msgid: ${mid} qos: 1 retained: 0 payload len(12)\n`);
  expect(trace).toMatch(/<- PUBLISH msgid: 5 qos: 2 retained: 0 payload len\(12\)$/m);
  expect(trace).not.toContain("confid");
});

test("a DISCONNECT of the broker has no line in the packet trace", async () => {
  const logger = new RecordingLogger();
  await using all = await connected({}, { logger, protocol: V5 });
  logger.lines.length = 0;
  await all.session.send(all.session.packets.disconnect({ reasonCode: 0x8e }));
  await all.client.closed;
  expect(logger.lines.filter((line) => line.includes("<-"))).toEqual([]);
  expect(logger.lines.join("\n")).toContain("trace: Calling connectionLost for client");
});

test("no trace is logged after the last client with a logger has closed", async () => {
  const logger = new RecordingLogger();
  await using watched = await connected({}, { logger });
  await using other = await connected();
  await watched.client.disconnect();
  await other.client.publish("t", "p", { qos: 1 });
  const lines = logger.lines.length;
  for (let count = 0; count < 20; count++) await other.client.publish("t", "p", { qos: 1 });
  expect(logger.lines.length).toBe(lines);
});

test("each logger gets the trace once when several clients share it", async () => {
  const [shared, own] = [new RecordingLogger(), new RecordingLogger()];
  await using one = await connected({}, { logger: shared });
  await using _two = await connected({}, { logger: shared });
  await using _three = await connected({}, { logger: own });
  for (const { lines } of [shared, own]) lines.length = 0;
  await one.client.publish("t", "p", { qos: 1 });
  for (const { lines } of [shared, own])
    expect(lines.filter((line) => line.includes("-> PUBLISH"))).toHaveLength(1);
});

test("no trace is made for a logger with debug disabled", async () => {
  const logger = Object.assign(new RecordingLogger(), {
    isLevelEnabled: (level: string) => level !== "debug",
  });
  await using all = await connected({}, { logger });
  await all.client.publish("t", "p", { qos: 1 });
  expect(logger.lines).toEqual(logger.own);
});

test("trace lines that arrive too fast are dropped, and their number is logged", async () => {
  const logger = new RecordingLogger();
  await using all = await connected({}, { logger, maxInflightMessages: 200 });
  const calls = Array.from({ length: 5_000 }, () => all.client.publish("t", "p", { qos: 1 }));
  await Promise.resolve(); // the calls are sent
  const blockedUntil = performance.now() + 300;
  while (performance.now() < blockedUntil);
  await all.session.send(
    ...Array.from({ length: 20_000 }, () => all.session.packets.publish({ topic: "t", payload: "p" })),
  );
  while (performance.now() < blockedUntil + 600);
  await Promise.all(calls);
  await eventually(() => expect(all.client.messages.length).toBe(20_000));
  await all.client.publish("t", "p", { qos: 1 });
  expect(logger.lines.join("\n")).toMatch(/debug: trace: \d+ lines were left out/);
});

test("a logger that throws or rejects affects no call and no message", async () => {
  const broken: Logger = {
    debug: () => Promise.reject(new Error("debug")),
    info: () => {
      throw new Error("info");
    },
    warn: async () => {
      throw new Error("warn");
    },
    error: () => {
      throw new Error("error");
    },
    isLevelEnabled: () => {
      throw new Error("isLevelEnabled");
    },
  };
  const { isLevelEnabled: _, ...tracing } = broken;
  for (const logger of [broken, tracing]) {
    await using all = await connected({}, { logger, maxQueuedIncomingMessages: 1 });
    all.client.pendingCallsThreshold = 0;
    const { publish } = all.session.packets;
    await all.session.send(
      ...["1", "2", "3"].map((payload) => publish.call(all.session.packets, { topic: "t", payload })),
    );
    await all.client.publish("t", "p", { qos: 1 });
    expect((await takeOne(all.client)).text()).toBe("1");
    all.session.reset();
    await all.client.closed;
  }
});

test("no log line has credentials", async () => {
  const logger = new RecordingLogger();
  const secrets = { username: "user", password: "hunter2" };
  const will = { topic: "will", payload: "hunter2" };
  await using all = await connected({}, { logger, protocol: V5, ...secrets, will });
  await all.client.publish("t", "hunter2", { qos: 2, properties: { correlationData: "hunter2" } });
  all.session.reset();
  await all.client.closed;
  expect(logger.lines.join("\n")).not.toContain("hunter2");
});

test.each([[null], ["console"], [{}], [{ debug() {}, info() {}, warn() {} }]])(
  "%o is refused as a logger",
  (logger) => {
    const make = () => new Client("localhost", { logger } as unknown as ClientOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow("Option logger");
  },
);

test("console is accepted as a logger", () => {
  new Client("localhost", { logger: console });
});
