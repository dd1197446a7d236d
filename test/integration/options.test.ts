// How the constructor handles options, except those of transports.

import { expect, test } from "vitest";
import { Client, type ClientOptions, FifoQueue, PriorityQueue, ProtocolVersion } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";

const V31 = { protocol: ProtocolVersion.V31 };
const V311 = { protocol: ProtocolVersion.V311 };
const V5 = { protocol: ProtocolVersion.V5 };
const make = Client as unknown as new (...args: unknown[]) => Client;
const handler = (): undefined => undefined;
const longText = "é".repeat(32_768);

test.each<[options: object, error: typeof TypeError | typeof RangeError, message: string | RegExp]>([
  [
    { qos: 1 },
    TypeError,
    "There is no option qos. It is an option of publish and of subscribe. There are acknowledge, ",
  ],
  [{ keepAlive: 1 }, TypeError, "There is no option keepAlive"],
  [{ protocol: 6 }, RangeError, "Option protocol must be one of ProtocolVersion, not 6"],
  [{ protocol: "5" }, RangeError, "Option protocol must be one of ProtocolVersion, not '5'"],
  [{ protocol: null }, RangeError, "Option protocol must"],
  [{ timeout: -1 }, RangeError, "Option timeout must be from 0 to Infinity seconds, not -1"],
  [{ timeout: "10" }, TypeError, "Option timeout must be a number of seconds, not '10'"],
  [{ timeout: null }, TypeError, "Option timeout must"],
  [{ keepalive: -1 }, RangeError, "Option keepalive must be a whole number from 0 to 65535, not -1"],
  [{ keepalive: 65_536 }, RangeError, "Option keepalive must"],
  [{ keepalive: 1.5 }, RangeError, "Option keepalive must"],
  [{ keepalive: Number.POSITIVE_INFINITY }, RangeError, "Option keepalive must"],
  [{ keepalive: "60" }, TypeError, "Option keepalive must be a number, not '60'"],
  [{ username: 5 }, TypeError, "Option username must be a string"],
  [{ username: "a\0b" }, TypeError, "Option username must be a string"],
  [{ username: longText }, TypeError, "Option username must be a string of at most 65535 UTF-8 bytes"],
  [{ password: "p" }, TypeError, "Option password needs a username, except on MQTT 5"],
  [{ ...V31, password: "p" }, TypeError, "Option password needs a username, except on MQTT 5"],
  [{ username: "u", password: 5 }, TypeError, "Option password must be a string or bytes"],
  [
    { username: "u", password: new Uint8Array(65_536) },
    RangeError,
    "Option password must be at most 65535 bytes",
  ],
  [{ identifier: 7 }, TypeError, "Option identifier must be a string"],
  [{ identifier: "a\ud800" }, TypeError, "Option identifier must be a string"],
  [{ cleanSession: false }, TypeError, "Option cleanSession can be false only together with an identifier"],
  [{ cleanSession: false, identifier: "" }, TypeError, "Option cleanSession can be false only together"],
  [{ cleanSession: 0 }, TypeError, "Option cleanSession must be a boolean, not 0"],
  [{ ...V5, cleanSession: true }, TypeError, "Option cleanSession is for MQTT 3.x; MQTT 5 has cleanStart"],
  [{ cleanStart: true }, TypeError, "Option cleanStart is for MQTT 5; MQTT 3.x has cleanSession"],
  [{ ...V5, cleanStart: 3 }, TypeError, 'Option cleanStart must be true, false or "first-only", not 3'],
  [{ will: "gone" }, TypeError, "Option will must be a Will, not 'gone'"],
  [{ will: null }, TypeError, "Option will must be a Will, not null"],
  [{ will: {} }, TypeError, "will.topic must be a string, not undefined"],
  [{ will: { topic: "" } }, RangeError, "Invalid will.topic: ''"],
  [{ will: { topic: "a/+" } }, RangeError, "Invalid will.topic: 'a/+'"],
  [{ will: { topic: "t", qos: 3 } }, RangeError, "will.qos must be 0, 1 or 2, not 3"],
  [{ will: { topic: "t", payload: {} } }, TypeError, "will.payload must be a string"],
  [
    { will: { topic: "t", payload: longText } },
    RangeError,
    "will.payload must be at most 65535 bytes, not 65536",
  ],
  [
    { will: { topic: "t", properties: {} } },
    TypeError,
    "Option will.properties is for MQTT 5 only: it needs protocol: ProtocolVersion.V5",
  ],
  [
    { ...V5, will: { topic: "t", properties: { topicAlias: 1 } } },
    TypeError,
    "will.properties.topicAlias (1) is not",
  ],
  [{ properties: {} }, TypeError, "Option properties is for MQTT 5 only"],
  [{ ...V5, properties: null }, TypeError, "properties must be an object, not null"],
  [
    { ...V5, properties: { receiveMaximum: 0 } },
    TypeError,
    "properties.receiveMaximum must be an integer from 1",
  ],
  [
    { ...V5, properties: { contentType: "x" } },
    TypeError,
    "properties.contentType ('x') is not allowed in connect",
  ],
  [{ ...V5, properties: { authenticationMethod: "m" } }, TypeError, "is set by the option authentication"],
  [
    { authentication: { method: "m", onChallenge: handler } },
    TypeError,
    "Option authentication is for MQTT 5 only",
  ],
  [{ ...V5, authentication: "m" }, TypeError, "authentication must be an object, not a string"],
  [
    { ...V5, authentication: { method: "", onChallenge: handler } },
    TypeError,
    "authentication.method must be",
  ],
  [{ ...V5, authentication: { method: "m" } }, TypeError, "authentication.onChallenge must be a function"],
  [{ topicAliases: "off" }, TypeError, "Option topicAliases is for MQTT 5 only"],
  [{ ...V5, topicAliases: true }, TypeError, 'Option topicAliases must be "automatic" or "off", not true'],
  [{ busyPoll: 1 }, TypeError, "Option busyPoll must be a boolean, not 1"],
  [{ busyPoll: null }, TypeError, "Option busyPoll must be a boolean, not null"],
  [{ logger: "console" }, TypeError, "Option logger must have the methods debug, info, warn, error"],
  [{ queueType: [] }, TypeError, "Option queueType must be a class, not []"],
  [
    { queueType: PriorityQueue },
    TypeError,
    /^Option queueType must make queues, but throws: .*PriorityQueue.by\(compare\) makes a queueType/,
  ],
  [{ queueType: Map }, TypeError, "Option queueType must make queues, but throws: number Infinity is not"],
  [{ queueType: Array }, TypeError, "Option queueType must make queues, but throws: Invalid array length"],
  [{ queueType: handler }, TypeError, "Option queueType must make queues, but throws: queueType is not a"],
  [
    { queueType: class {} },
    TypeError,
    "Option queueType must make empty queues, with push, shift and length",
  ],
  [{ queueType: Array, maxQueuedIncomingMessages: 2 }, TypeError, "Option queueType must make empty queues"],
  [
    { maxQueuedIncomingMessages: 0 },
    RangeError,
    "Option maxQueuedIncomingMessages must be a whole number from 1",
  ],
  [{ maxQueuedIncomingMessages: "1" }, TypeError, "Option maxQueuedIncomingMessages must be a number"],
  [{ overflow: "drop" }, TypeError, 'Option overflow must be "drop-newest" or "drop-oldest", not \'drop\''],
  [
    { maxQueuedOutgoingMessages: -1 },
    RangeError,
    "Option maxQueuedOutgoingMessages must be a whole number from 1",
  ],
  [
    { maxInflightMessages: 0 },
    RangeError,
    "Option maxInflightMessages must be a whole number from 1 to 65535, not 0",
  ],
  [{ maxInflightMessages: 65_536 }, RangeError, "Option maxInflightMessages must"],
  [{ maxInflightMessages: Number.NaN }, RangeError, "Option maxInflightMessages must"],
  [
    { maxConcurrentOutgoingCalls: 0 },
    RangeError,
    "Option maxConcurrentOutgoingCalls must be a whole number from 1",
  ],
  [{ maxConcurrentOutgoingCalls: Number.NaN }, RangeError, "Option maxConcurrentOutgoingCalls must"],
  [{ port: 0 }, RangeError, "Option port must be a whole number from 1 to 65535, not 0"],
  [{ port: "1883" }, TypeError, "Option port must be a number, not '1883'"],
])("the options %o are refused", (options, error, message) => {
  expect(() => new make("localhost", options)).toThrow(error);
  expect(() => new make("localhost", options)).toThrow(message);
});

test.each<[args: unknown[], error: typeof TypeError | typeof RangeError, message: string]>([
  [[], TypeError, "hostname must be a host name, an address or a URL, not undefined"],
  [[""], TypeError, "hostname must be"],
  [[5], TypeError, "hostname must be"],
  [["localhost", 65_536], RangeError, "Option port must be"],
  [["localhost", "1883"], TypeError, "port must be a number, not '1883'"],
  [["localhost", true], TypeError, "port must be a number, not true"],
  [["localhost", null], TypeError, "options must be an object, not null"],
  [["localhost", 1883, 5], TypeError, "options must be an object, not a number"],
  [["localhost", []], TypeError, "options must be an object, not an array"],
  [["localhost", 1883, new Map([["keepalive", 5]])], TypeError, "options must be an object, not a Map"],
  [["localhost", Promise.resolve({})], TypeError, "options must be an object, not a Promise"],
  [
    [new URL("mqtt://localhost"), new URL("mqtt://localhost")],
    TypeError,
    "options must be an object, not a URL",
  ],
  [["localhost", 1883, { port: 1884 }], TypeError, "The port is given twice"],
  [["localhost", {}, {}], TypeError, "port must be a number, not {}"],
  [["mqtt://localhost", 1883], TypeError, "A URL and a port argument exclude each other"],
])("new Client(...%o) is refused", (args, error, message) => {
  expect(() => new make(...args)).toThrow(error);
  expect(() => new make(...args)).toThrow(message);
});

test("an error of the constructor of a queue is the cause", () => {
  const cause = new Error("no memory");
  const queueType = class extends FifoQueue {
    constructor(limit: number) {
      super(limit);
      throw cause;
    }
  };
  expect(() => new Client("localhost", { queueType })).toThrow(
    expect.objectContaining({
      name: "TypeError",
      message: "Option queueType must make queues, but throws: no memory",
      cause,
    }),
  );
});

test.each<[ClientOptions]>([
  [{ timeout: 0, keepalive: 0, maxInflightMessages: Number.POSITIVE_INFINITY }],
  [{ timeout: Number.POSITIVE_INFINITY, keepalive: 65_535, maxInflightMessages: 65_535 }],
  [{ maxQueuedIncomingMessages: 1, maxQueuedOutgoingMessages: 1, maxConcurrentOutgoingCalls: 1 }],
  [{ ...V311, cleanSession: false, identifier: "i", username: "", password: "" }],
  [{ ...V5, password: new Uint8Array(65_535), cleanStart: "first-only", topicAliases: "automatic" }],
])("the options %o are accepted", (options) => {
  expect(new Client("localhost", options).connected).toBe(false);
});

test("undefined options are ignored", async () => {
  const names = [
    "port",
    "username",
    "password",
    "will",
    "timeout",
    "keepalive",
    "identifier",
    "logger",
    "queueType",
  ];
  const more = [
    "protocol",
    "cleanSession",
    "cleanStart",
    "properties",
    "authentication",
    "topicAliases",
    "overflow",
  ];
  const options = Object.fromEntries([...names, ...more, "misspelt"].map((name) => [name, undefined]));
  expect(new make("localhost", undefined, options).timeout).toBe(10);
  expect(new make("localhost", options, undefined).timeout).toBe(10);
});

test("an infinite maxInflightMessages sends all messages at once", async () => {
  await using all = await connected(
    { PUBLISH: () => {} },
    { maxInflightMessages: Number.POSITIVE_INFINITY, timeout: 20 },
  );
  const calls = Array.from({ length: 1_000 }, (_, i) => all.client.publish("t", i, { qos: 1 }));
  const rejected = Promise.allSettled(calls);
  await all.session.waitFor("PUBLISH", { where: ({ payload }) => payload.toString() === "999" });
  expect(all.client.statistics).toMatchObject({ inflight: 1_000, queuedOutgoing: 0 });
  all.session.reset();
  expect((await rejected).every(({ status }) => status === "rejected")).toBe(true);
});

test("a getter for the data of authentication is called at each connect", async () => {
  let asked = 0;
  const authentication = {
    method: "m",
    get data() {
      return `${++asked}`;
    },
    onChallenge: handler,
  };
  const client = new Client("localhost", { protocol: ProtocolVersion.V5, authentication });
  expect(asked).toBe(0);
  await expect(client.connect({ timeout: 0 })).rejects.toMatchObject({ code: "TIMEOUT" });
  expect(asked).toBe(1);
  const bad = { method: "m", data: 5 as unknown as string, onChallenge: handler };
  expect(() => new Client("localhost", { protocol: ProtocolVersion.V5, authentication: bad })).toThrow(
    TypeError,
  );
});
