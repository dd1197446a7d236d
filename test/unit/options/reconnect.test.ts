import { describe, expect, test } from "vitest";
import { ProtocolVersion } from "../../../lib/index.ts";
import { parseClientArguments } from "../../../lib/options/address.ts";
import { parseReconnect } from "../../../lib/options/reconnect.ts";
import { parseSettings, type Settings } from "../../../lib/options/settings.ts";
import { toUrl } from "../../../lib/transport/connect-target.ts";

const settingsOf = (options: object): Settings => parseSettings(parseClientArguments(["broker", options]));
const V5 = { protocol: ProtocolVersion.V5 };
const INFINITY = Number.POSITIVE_INFINITY;

describe("reconnect", () => {
  const defaults = { minDelay: 0.25, maxDelay: 30, resetAfter: 30, maxAttempts: INFINITY, retry: undefined };

  test.each<[given: object | boolean | undefined, parsed: object | undefined]>([
    [undefined, undefined],
    [false, undefined],
    [true, defaults],
    [{}, defaults],
    [{ maxDelay: 0.1 }, { ...defaults, maxDelay: 0.1, minDelay: 0.1 }],
    [
      { minDelay: 0, maxDelay: 0, resetAfter: INFINITY, maxAttempts: 1 },
      { ...defaults, minDelay: 0, maxDelay: 0, resetAfter: INFINITY, maxAttempts: 1 },
    ],
    [{ minDelay: undefined }, defaults],
  ])("%j means %j", (given, parsed) => {
    expect(parseReconnect(given)).toEqual(parsed);
  });

  test.each<[given: unknown, error: RegExp]>([
    [
      { minDelay: 2, maxDelay: 1 },
      /RangeError: Option reconnect.maxDelay must not be less than minDelay, as 1 is less than 2/,
    ],
    [{ minDelay: 31 }, /RangeError: .* as 30 is less than 31/],
    [{ minDelay: -1 }, /RangeError: Option reconnect.minDelay must be from 0 to Infinity seconds, not -1/],
    [{ maxDelay: "1" }, /TypeError: Option reconnect.maxDelay must be a number of seconds, not '1'/],
    [
      { maxDelay: INFINITY },
      /RangeError: Option reconnect.maxDelay must be a finite number of seconds, not Infinity/,
    ],
    [{ maxDelay: Number.NaN }, /RangeError: Option reconnect.maxDelay .*, not NaN/],
    [{ resetAfter: -1 }, /RangeError: Option reconnect.resetAfter/],
    [{ maxAttempts: 0 }, /RangeError: Option reconnect.maxAttempts must be a whole number from 1/],
    [{ maxAttempts: 1.5 }, /RangeError: Option reconnect.maxAttempts/],
    [{ retry: true }, /TypeError: Option reconnect.retry must be a function, not true/],
    [
      { delay: 1 },
      /TypeError: There is no reconnect.delay; there are minDelay, maxDelay, resetAfter, maxAttempts, retry/,
    ],
    ["yes", /TypeError: Option reconnect must be a boolean or an object, not a string/],
    [null, /TypeError: Option reconnect must be a boolean or an object, not null/],
    [5000, /TypeError: Option reconnect must be a boolean or an object, not a number/],
  ])("%j is refused", (given, error) => {
    let thrown: unknown;
    try {
      settingsOf({ reconnect: given });
    } catch (caught) {
      thrown = caught;
    }
    expect(String(thrown)).toMatch(error);
  });
});

test("whileDisconnected is wait with reconnect, and reject without", () => {
  expect(settingsOf({}).whileDisconnected).toBe("reject");
  expect(settingsOf({ reconnect: true }).whileDisconnected).toBe("wait");
  expect(settingsOf({ reconnect: true, whileDisconnected: "reject" }).whileDisconnected).toBe("reject");
  expect(() => settingsOf({ whileDisconnected: "wait" })).toThrow(TypeError);
  expect(() => settingsOf({ whileDisconnected: "queue" })).toThrow(/must be "wait" or "reject", not 'queue'/);
});

test("the limits of attempts and of the queue depend on reconnect", () => {
  expect(settingsOf({})).toMatchObject({ connectTimeout: undefined, maxQueuedOutgoingBytes: INFINITY });
  expect(settingsOf({ reconnect: true })).toMatchObject({
    connectTimeout: 10,
    maxQueuedOutgoingBytes: 64 * 1024 * 1024,
  });
  expect(settingsOf({ connectTimeout: 3, maxQueuedOutgoingBytes: 1 })).toMatchObject({
    connectTimeout: 3,
    maxQueuedOutgoingBytes: 1,
  });
  expect(() => settingsOf({ connectTimeout: -1 })).toThrow(RangeError);
  expect(() => settingsOf({ maxQueuedOutgoingBytes: 0 })).toThrow(RangeError);
});

test("a session of MQTT 5 outlives its connections by 300 s, unless the program says otherwise", () => {
  expect(settingsOf({ ...V5 })).toMatchObject({ endsSession: false, properties: undefined });
  expect(settingsOf({ ...V5, reconnect: true })).toMatchObject({
    endsSession: true,
    properties: { sessionExpiryInterval: 300 },
  });
  expect(settingsOf({ ...V5, reconnect: true, properties: { sessionExpiryInterval: 0 } })).toMatchObject({
    endsSession: false,
    properties: { sessionExpiryInterval: 0 },
  });
  expect(settingsOf({ reconnect: true })).toMatchObject({ endsSession: false, properties: undefined });
});

test("followServerReference needs MQTT 5, and sharedSessions is a boolean", () => {
  expect(settingsOf({ ...V5, followServerReference: true }).followServerReference).toBe(true);
  expect(() => settingsOf({ followServerReference: true })).toThrow(/is for MQTT 5 only/);
  expect(() => settingsOf({ sharedSessions: "yes" })).toThrow(/sharedSessions must be a boolean, not 'yes'/);
});

describe("several addresses", () => {
  const brokersOf = (addresses: readonly (string | URL)[], options: object = {}) =>
    parseSettings(parseClientArguments([addresses, options])).addresses;
  const urlsOf = (addresses: readonly (string | URL)[], options: object = {}) =>
    brokersOf(addresses, options).map(({ target }) => toUrl(target));

  test("are host names and URLs; the option port is for those without one", () => {
    expect(urlsOf(["a", "mqtts://b", "mqtt://c:9", new URL("wss://d/x?token=1")], { port: 7 })).toEqual([
      "mqtt://a:7",
      "mqtts://b:7",
      "mqtt://c:9",
      "wss://d:7/x",
    ]);
    expect(urlsOf(["a", "mqtts://b"])).toEqual(["mqtt://a:1883", "mqtts://b:8883"]);
  });

  test("have credentials of their own, which options override", () => {
    const addresses = ["mqtt://one:1@a", "mqtt://two:2@b", "c"];
    expect(brokersOf(addresses)).toMatchObject([
      { username: "one", password: "1" },
      { username: "two", password: "2" },
      { username: undefined, password: undefined },
    ]);
    expect(brokersOf(addresses, { username: "me" })).toMatchObject(Array(3).fill({ username: "me" }));
  });

  test("ignore options of the transports of other addresses", () => {
    expect(urlsOf(["ws://a", "mqtt://b", "unix:/run/c"], { websocketPath: "/x", port: 5 })).toEqual([
      "ws://a:5/x",
      "mqtt://b:5",
      "unix:/run/c",
    ]);
    expect(() => brokersOf(["mqtt://a", "b"], { websocketPath: "/x" })).toThrow(
      /websocketPath needs transport/,
    );
    expect(() => brokersOf(["unix:/a", "unix:/b"], { bindPort: 1 })).toThrow(
      /bindPort is not for Unix sockets/,
    );
  });

  test.each<[args: unknown[], error: RegExp]>([
    [[[]], /addresses must name at least one broker, not \[\]/],
    [[["a", 1]], /addresses\[1\] must be a host name, an address or a URL, not 1/],
    [[["a", ["b"]]], /addresses\[1\] must be/],
    [[["a"], 1883], /A port argument and several addresses exclude each other: use the option port/],
    [[["a", ""]], /hostname must be a host name/],
    [[["a", "mqtt://b:99999"]], /hostname must be a host name, an address or a URL/],
  ])("%j are refused", (args, error) => {
    expect(() => parseClientArguments(args as [string])).toThrow(error);
  });
});
