import { describe, expect, test } from "vitest";
import {
  Client,
  MqttCodeError,
  ProtocolVersion,
  type SubscribeOptions,
  type Subscriptions,
  Topic,
  Wildcard,
} from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { eventually } from "../support/eventually.ts";
import { take } from "../support/messages.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { decodeProperties, type Properties } from "../support/properties.ts";
import { combinations, protocols } from "../support/protocols.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import { type Answers, silence } from "../support/scripted-answers.ts";

const V5 = { protocol: ProtocolVersion.V5 };

describe.each(protocols)("MQTT $name", ({ protocol }) => {
  test.each<[form: string, topic: Subscriptions, filters: [filter: string, qos: number][]]>([
    ["a string", "a/#", [["a/#", 0]]],
    ["a Topic", new Topic("a/b"), [["a/b", 0]]],
    ["a Wildcard", new Wildcard("a/+"), [["a/+", 0]]],
    ["a filter with its QoS", ["a", 2], [["a", 2]]],
    ["a filter with its options", ["a", { qos: 1 }], [["a", 1]]],
    [
      "two strings",
      ["a", "b"],
      [
        ["a", 0],
        ["b", 0],
      ],
    ],
    ["one string in a list", ["a"], [["a", 0]]],
    [
      "filters with their QoS",
      [
        ["a", 1],
        ["b", 2],
      ],
      [
        ["a", 1],
        ["b", 2],
      ],
    ],
    [
      "a mixture",
      ["a", new Topic("b"), [new Wildcard("c/+"), 2], ["d", { qos: 1 }]],
      [
        ["a", 0],
        ["b", 0],
        ["c/+", 2],
        ["d", 1],
      ],
    ],
    ["a shared subscription", "$share/group/a/#", [["$share/group/a/#", 0]]],
  ])("subscribe accepts %s", async (_form, topic, filters) => {
    await using all = await connected({}, { protocol });
    const codes = await all.client.subscribe(topic);
    expect(codes.map(({ value }) => value)).toEqual(filters.map(([, qos]) => qos));
    const { subscriptions, flags } = await all.session.receive("SUBSCRIBE");
    expect(subscriptions.map(({ filter, qos }) => [filter, qos])).toEqual(filters);
    expect(flags).toBe(2);
  });

  test("the option qos applies to filters without a QoS of their own", async () => {
    await using all = await connected({}, { protocol });
    const unsaid = { qos: undefined } as unknown as SubscribeOptions; // as in plain JavaScript
    await all.client.subscribe(["a", ["b", 0], ["c", {}], ["d", unsaid]], { qos: 2 });
    const { subscriptions } = await all.session.receive("SUBSCRIBE");
    expect(subscriptions.map(({ qos }) => qos)).toEqual([2, 0, 2, 2]);
  });

  test("many filters are sent in one packet", async () => {
    await using all = await connected({}, { protocol });
    const filters = Array.from({ length: 1_000 }, (_, index) => `filter/${index}`);
    expect(await all.client.subscribe(filters, { qos: 1 })).toHaveLength(1_000);
    const { subscriptions } = await all.session.receive("SUBSCRIBE");
    expect(subscriptions.map(({ filter }) => filter)).toEqual(filters);
    expect(await all.client.unsubscribe(filters)).toHaveLength(1_000);
    expect((await all.session.receive("UNSUBSCRIBE")).filters).toEqual(filters);
  });

  test("unsubscribe accepts all forms of filters", async () => {
    await using all = await connected({}, { protocol });
    const codes = await all.client.unsubscribe(["a/#", new Topic("b"), new Wildcard("c/+")]);
    expect(codes.map(({ value }) => value)).toEqual([0, 0, 0]);
    const { filters, flags } = await all.session.receive("UNSUBSCRIBE");
    expect(filters).toEqual(["a/#", "b", "c/+"]);
    expect(flags).toBe(2);
    await all.client.unsubscribe("d");
    expect((await all.session.receive("UNSUBSCRIBE")).filters).toEqual(["d"]);
  });

  test("the broker may grant a lower QoS", async () => {
    await using all = await connected(
      { SUBSCRIBE: ({ packetId }, session) => session.send(session.packets.suback(packetId, [0, 1])) },
      { protocol },
    );
    const codes = await all.client.subscribe(["a", "b"], { qos: 2 });
    expect(codes.map(String)).toEqual(["Granted QoS 0", "Granted QoS 1"]);
  });

  test("one failing code rejects subscribe with all codes", async () => {
    await using all = await connected(
      { SUBSCRIBE: ({ packetId }, session) => session.send(session.packets.suback(packetId, [1, 0x80, 2])) },
      { protocol },
    );
    const error = await all.client.subscribe(["a", "b", "c"], { qos: 2 }).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(MqttCodeError);
    expect(error).toMatchObject({
      code: "REFUSED",
      message: expect.stringMatching(
        /^\[code:128\] Unspecified error \(subscribe to 'b', 127\.0\.0\.1:\d+\)$/,
      ),
      reasonCode: { value: 0x80 },
      reasonCodes: [{ value: 1 }, { value: 0x80 }, { value: 2 }],
    });
  });

  test.each([[[0]], [[0, 0, 0]]])(
    "two filters answered with the codes %j are a PROTOCOL_ERROR",
    async (codes) => {
      await using all = await connected(
        { SUBSCRIBE: ({ packetId }, session) => session.send(session.packets.suback(packetId, codes)) },
        { protocol },
      );
      await expect(all.client.subscribe(["a", "b"])).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
    },
  );

  test("subscribe and unsubscribe time out without an answer, and the client continues", async () => {
    let answers = false;
    await using all = await connected(
      {
        SUBSCRIBE: ({ packetId }, session) =>
          answers ? session.send(session.packets.suback(packetId, [0])) : undefined,
        UNSUBSCRIBE: silence,
      },
      { protocol },
    );
    const timedOut = { name: "MqttError", code: "TIMEOUT" };
    await expect(all.client.subscribe("a", { timeout: 0.05 })).rejects.toMatchObject(timedOut);
    await expect(all.client.unsubscribe("a", { timeout: 0.05 })).rejects.toMatchObject(timedOut);
    await expect(all.client.subscribe("a", { timeout: 0 })).rejects.toMatchObject(timedOut);
    answers = true;
    await all.client.subscribe("a");
  });

  test("late answers to subscribe and unsubscribe are ignored", async () => {
    const logger = new RecordingLogger();
    await using all = await connected({ SUBSCRIBE: silence, UNSUBSCRIBE: silence }, { protocol, logger });
    const timedOut = { code: "TIMEOUT" };
    await expect(all.client.subscribe("a", { timeout: 0.05 })).rejects.toMatchObject(timedOut);
    await expect(all.client.unsubscribe("a", { timeout: 0.05 })).rejects.toMatchObject(timedOut);
    const { packets } = all.session;
    const subscribe = await all.session.waitFor("SUBSCRIBE");
    const unsubscribe = await all.session.waitFor("UNSUBSCRIBE");
    await all.session.send(
      packets.suback(subscribe.packetId, [0]),
      packets.unsuback(unsubscribe.packetId, [0]),
    );
    await eventually(() => expect(all.client.statistics.inflight).toBe(0));
    await all.client.publish("t", "p", { qos: 1 });
    expect(logger.warnings).toEqual([]);
  });

  test("aborted subscribe and unsubscribe reject with the signal's reason", async () => {
    await using all = await connected({ SUBSCRIBE: silence, UNSUBSCRIBE: silence }, { protocol });
    const before = all.client.subscribe("a", { signal: AbortSignal.abort("no need") });
    await expect(before).rejects.toBe("no need");
    const abort = new AbortController();
    const subscribed = all.client.subscribe("a", { signal: abort.signal });
    const unsubscribed = all.client.unsubscribe("a", { signal: abort.signal });
    await all.session.receive("SUBSCRIBE");
    await all.session.receive("UNSUBSCRIBE");
    abort.abort("changed my mind");
    await expect(subscribed).rejects.toBe("changed my mind");
    await expect(unsubscribed).rejects.toBe("changed my mind");
  });

  test("a loss rejects pending subscribe and unsubscribe at once", async () => {
    await using all = await connected(
      { SUBSCRIBE: silence, UNSUBSCRIBE: silence },
      { protocol, timeout: 60 },
    );
    const outcomes = Promise.allSettled([
      all.client.subscribe("a"),
      all.client.unsubscribe("a"),
      all.client.subscribe("b"),
    ]);
    await all.session.waitFor("UNSUBSCRIBE");
    all.session.reset();
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: "rejected", reason: { code: "CONNECTION_LOST" } });
  });

  test("subscribe and unsubscribe reject without a connection", async () => {
    const client = new Client("127.0.0.1", { protocol });
    await expect(client.subscribe("a")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
    await expect(client.unsubscribe("a")).rejects.toMatchObject({ code: "NOT_CONNECTED" });
  });

  test("many subscribes at once each get their own answer", async () => {
    await using all = await connected({}, { protocol });
    const calls = Array.from({ length: 200 }, (_, index) =>
      all.client.subscribe(`t/${index}`, { qos: (index % 3) as 0 | 1 | 2 }),
    );
    const codes = await Promise.all(calls);
    expect(codes.map(([code]) => code?.value)).toEqual(codes.map((_, index) => index % 3));
  });
});

describe("MQTT 5", () => {
  test("MQTT 5: subscription options are encoded in their bits", async () => {
    await using all = await connected({}, V5);
    await all.client.subscribe(
      ["a", ["b", { qos: 1, noLocal: false, retainHandling: 1 }], ["c", { retainAsPublished: false }]],
      { qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2 },
    );
    const { raw, packetId } = await all.session.receive("SUBSCRIBE");
    const identifier = packetId.toString(16).padStart(4, "0");
    expect(raw.toString("hex")).toBe(
      `820f${identifier}` + "00" + "000161" + "2e" + "000162" + "19" + "000163" + "26",
    );
  });

  test("MQTT 5: properties are sent with SUBSCRIBE and UNSUBSCRIBE", async () => {
    await using all = await connected({}, V5);
    const userProperties = [
      ["k", "1"],
      ["k", "2"],
    ] as const;
    await all.client.subscribe("a", { properties: { subscriptionIdentifier: 300, userProperties } });
    const subscribe = await all.session.receive("SUBSCRIBE");
    expect(decodeProperties(subscribe.properties)).toEqual({
      subscriptionIdentifiers: [300],
      userProperties,
    });
    await all.client.unsubscribe("a", { properties: { userProperties } });
    const unsubscribe = await all.session.receive("UNSUBSCRIBE");
    expect(decodeProperties(unsubscribe.properties)).toEqual({ userProperties });
  });

  const properties = { reasonString: "because", userProperties: [["k", "v"]] as const };
  const answering = (codes: number[], given?: Properties): Answers => ({
    SUBSCRIBE: ({ packetId }, session) => session.send(session.packets.suback(packetId, codes, given)),
    UNSUBSCRIBE: ({ packetId }, session) => session.send(session.packets.unsuback(packetId, codes, given)),
  });

  test("MQTT 5: the properties of SUBACK and UNSUBACK are reported", async () => {
    await using all = await connected(answering([0], properties), V5);
    expect((await all.client.subscribe("a")).properties).toEqual(properties);
    expect((await all.client.unsubscribe("a")).properties).toEqual(properties);
  });

  const refusing = (code: number) => ({ code: "REFUSED", reasonCode: { value: code }, properties });

  // MQTT 5, section 3.9.3.
  test.each([0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2])(
    "MQTT 5: reason code %i rejects a subscribe",
    async (code) => {
      await using all = await connected(answering([0, code], properties), V5);
      await expect(all.client.subscribe(["a", "b"])).rejects.toMatchObject(refusing(code));
    },
  );

  // MQTT 5, section 3.11.3.
  test.each([0x80, 0x83, 0x87, 0x8f, 0x91])("MQTT 5: reason code %i rejects an unsubscribe", async (code) => {
    await using all = await connected(answering([0, code], properties), V5);
    await expect(all.client.unsubscribe(["a", "b"])).rejects.toMatchObject(refusing(code));
  });

  test("MQTT 5: unsubscribing without a subscription is a success", async () => {
    await using all = await connected(answering([0x11]), V5);
    const [code] = await all.client.unsubscribe("a");
    expect(code).toMatchObject({ value: 0x11, isFailure: false });
  });

  test.each<[what: string, connack: Properties, topic: string, reasonCode: number]>([
    ["wildcards", { wildcardSubscriptionAvailable: 0 }, "a/+", 0xa2],
    ["shared subscriptions", { sharedSubscriptionAvailable: 0 }, "$share/g/a", 0x9e],
    ["subscription identifiers", { subscriptionIdentifierAvailable: 0 }, "a", 0xa1],
  ])(
    "MQTT 5: %s that the broker does not support are refused without sending",
    async (_what, connack, topic, reasonCode) => {
      await using all = await connected(
        { CONNECT: (_packet, session) => session.send(session.packets.connack({ properties: connack })) },
        V5,
      );
      await expect(
        all.client.subscribe(topic, { properties: { subscriptionIdentifier: 1 } }),
      ).rejects.toMatchObject({ code: "REFUSED", reasonCode: { value: reasonCode } });
      await all.client.subscribe("plain");
      expect((await all.session.receive("SUBSCRIBE")).subscriptions[0]?.filter).toBe("plain");
    },
  );
});

describe("wrong arguments of subscribe and unsubscribe", () => {
  type Loose = (this: Client, ...args: unknown[]) => Promise<unknown>;
  const subscribe = Client.prototype.subscribe as Loose;
  const unsubscribe = Client.prototype.unsubscribe as Loose;

  const invalidFilters: [what: string, filter: unknown][] = [
    ["an empty filter", ""],
    ["an empty list", []],
    ["no filter", undefined],
    ["a number", 1],
    ["a list with undefined", [undefined]],
    ["a # that is not last", "#/a"],
    ["a # beside other characters", "a#"],
    ["a + beside other characters", "a+/b"],
    ["U+0000", "a\0"],
    ["a lone surrogate", "\udc00"],
    ["a filter that is too long", "a".repeat(65_536)],
    ["a shared subscription without a filter", "$share/group"],
    ["one invalid filter among valid ones", ["a", "b#", "c"]],
  ];

  test.each(invalidFilters)("subscribe and unsubscribe refuse %s", async (_what, filter) => {
    await using all = await connected();
    for (const call of [subscribe, unsubscribe]) {
      const error: unknown = await call.call(all.client, filter).catch((error: unknown) => error);
      expect(error instanceof TypeError || error instanceof RangeError, String(error)).toBe(true);
    }
    await all.client.subscribe("valid");
    expect(all.session.received.map(({ type }) => type)).toEqual(["CONNECT", "SUBSCRIBE"]);
  });

  test.each<[name: string, args: unknown[]]>([
    ["noLocal (true)", ["a", { noLocal: true }]],
    ["retainAsPublished (true)", ["a", { retainAsPublished: true }]],
    ["retainHandling (1)", [["a", { retainHandling: 1 }]]],
  ])("MQTT 3.1.1: the error names the option %s", async (name, args) => {
    await using all = await connected();
    await expect(subscribe.apply(all.client, args)).rejects.toThrow(
      `Option ${name} is for MQTT 5 only: it needs protocol: ProtocolVersion.V5`,
    );
  });

  test.each<[what: string, args: unknown[]]>([
    ["QoS 3", ["a", { qos: 3 }]],
    ["QoS 3 in a pair", [["a", 3]]],
    ["noLocal on MQTT 3.1.1", ["a", { noLocal: true }]],
    ["retainAsPublished on MQTT 3.1.1", ["a", { retainAsPublished: true }]],
    ["retainHandling on MQTT 3.1.1", [["a", { retainHandling: 1 }]]],
    ["properties on MQTT 3.1.1", ["a", { properties: {} }]],
    ["a negative timeout", ["a", { timeout: -1 }]],
    ["a signal that is not an AbortSignal", ["a", { signal: "now" }]],
  ])("subscribe refuses %s", async (_what, args) => {
    await using all = await connected();
    const error: unknown = await subscribe.apply(all.client, args).catch((error: unknown) => error);
    expect(error instanceof TypeError || error instanceof RangeError, String(error)).toBe(true);
    await all.client.subscribe("valid");
    expect(all.session.received.map(({ type }) => type)).toEqual(["CONNECT", "SUBSCRIBE"]);
  });

  test.each<[what: string, args: unknown[]]>([
    ["retainHandling 3", ["a", { retainHandling: 3 }]],
    ["a subscription identifier of 0", ["a", { properties: { subscriptionIdentifier: 0 } }]],
    ["a property that SUBSCRIBE does not have", ["a", { properties: { contentType: "x" } }]],
  ])("MQTT 5: subscribe refuses %s", async (_what, args) => {
    await using all = await connected({}, V5);
    const error: unknown = await subscribe.apply(all.client, args).catch((error: unknown) => error);
    expect(error instanceof TypeError || error instanceof RangeError, String(error)).toBe(true);
    expect(all.session.received).toHaveLength(1);
  });
});

test.each(combinations)("MQTT $name: messages arrive with QoS $qos at most", async ({ protocol, qos }) => {
  await using broker = await startMosquitto();
  await using client = await Client.connect(broker.url, { protocol });
  expect((await client.subscribe("t", { qos })).map(({ value }) => value)).toEqual([qos]);
  for (const published of [0, 1, 2] as const) await client.publish("t", "p", { qos: published });
  const received = await take(client, 3);
  expect(received.map((message) => message.qos).sort()).toEqual([0, Math.min(1, qos), qos]);
  expect(received.map((message) => message.mid === 0)).toEqual(received.map((message) => message.qos === 0));
});

test("mosquitto applies the subscription options of MQTT 5", async () => {
  await using broker = await startMosquitto();
  await using sender = await Client.connect(broker.url);
  await sender.publish("kept", "retained", { retain: true, qos: 1 });
  await using client = await Client.connect(broker.url, V5);
  await client.subscribe([
    ["kept", { retainHandling: 2 }],
    ["own", { noLocal: true }],
    ["plain", { qos: 1 }],
    ["flagged", { retainAsPublished: true }],
  ]);
  await client.publish("own", "not for myself", { qos: 1 });
  await sender.publish("flagged", "with its flag", { retain: true, qos: 1 });
  await sender.publish("plain", "without", { retain: true, qos: 1 });
  const received = await take(client, 2);
  expect(received.map((message) => [message.topic.value, message.retain])).toEqual([
    ["flagged", true],
    ["plain", false],
  ]);
});
