// Calls of programs without TypeScript: misspelt options, wrong types and aborted signals, in every state of the
// client. The error names the fault, and nothing is sent.

import { describe, expect, test } from "vitest";
import { Client, MqttError, ProtocolVersion, Topic, Will } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { v5 } from "../support/packets.ts";
import { type Answers, silence } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const V5 = { protocol: ProtocolVersion.V5 } as const;

type AnyCall = (...args: unknown[]) => Promise<unknown>;
/** A client's methods without their types. */
function untyped(client: Client): Record<string, AnyCall> {
  const calls = client as unknown as Record<string, AnyCall>;
  const next: AnyCall = (...args) => (client.messages.next as AnyCall).apply(client.messages, args);
  const bound = (name: string): [string, AnyCall] => [
    name,
    (...args) => calls[name]?.apply(client, args) as never,
  ];
  const names = ["connect", "disconnect", "publish", "subscribe", "unsubscribe", "reauthenticate"];
  return { ...Object.fromEntries(names.map(bound)), next };
}

/** The arguments before the options of each call. */
const ARGUMENTS: Record<string, unknown[]> = {
  connect: [],
  disconnect: [],
  publish: ["t", "p"],
  subscribe: ["t"],
  unsubscribe: ["t"],
  next: [],
  reauthenticate: [undefined],
};

describe.each(Object.keys(ARGUMENTS))("%s", (name) => {
  test.each<[what: string, options: unknown, message: string]>([
    ["a misspelt option", { tiemout: 1 }, "There is no option tiemout: did you mean timeout? There are "],
    ["a number", 1, "options must be an object, not a number"],
    ["a string", "qos", "options must be an object, not a string"],
    ["null", null, "options must be an object, not null"],
    ["an array", [1], "options must be an object, not an array"],
    ["a promise", Promise.resolve({}), "options must be an object, not a Promise"],
  ])(`${name} refuses %s for its options`, async (_what, options, message) => {
    await using all = await connected({}, V5);
    const call = untyped(all.client)[name]?.(...(ARGUMENTS[name] ?? []), options);
    await expect(call).rejects.toThrow(TypeError);
    await expect(call).rejects.toThrow(message);
    expect(all.client.connected).toBe(true);
    expect(all.session.received).toHaveLength(1);
  });

  test(`${name} ignores undefined options`, async () => {
    await using all = await connected({}, V5);
    const options = { timeout: name === "next" ? 0 : undefined, tiemout: undefined };
    const call = untyped(all.client)[name]?.(...(ARGUMENTS[name] ?? []), options);
    const isRefused = ["connect", "next", "reauthenticate"].includes(name);
    const outcome = await call?.then(
      () => "done",
      (error: Error) => error.message,
    );
    if (!isRefused) expect(outcome).toBe("done");
    expect(outcome).not.toContain("option tiemout");
  });
});

describe.each(["connect", "publish", "subscribe", "unsubscribe", "next", "reauthenticate"])(
  "%s with a signal that is already aborted",
  (name) => {
    const signal = AbortSignal.abort(new Error("changed my mind"));
    const attempt = (client: Client) => untyped(client)[name]?.(...(ARGUMENTS[name] ?? []), { signal });
    const authentication = { method: "m", onChallenge: () => undefined };

    test(`${name} with an aborted signal rejects before the first connect`, async () => {
      const client = new Client("localhost", { ...V5, authentication });
      await expect(attempt(client)).rejects.toThrow("changed my mind");
    });

    test(`${name} with an aborted signal sends nothing while connected`, async () => {
      await using all = await connected(
        {
          CONNECT: (_packet, session) =>
            session.send(v5.connack({ properties: { authenticationMethod: "m" } })),
        },
        { ...V5, authentication },
      );
      await expect(attempt(all.client)).rejects.toThrow("changed my mind");
      expect(all.session.received).toHaveLength(1);
    });

    test(`${name} with an aborted signal rejects after a loss`, async () => {
      await using all = await connected({}, V5);
      all.session.reset();
      await all.client.closed;
      await expect(attempt(all.client)).rejects.toThrow("changed my mind");
    });
  },
);

test.each<[what: string, name: string, args: unknown[], message: string]>([
  [
    "retain that is not a boolean",
    "publish",
    ["t", "p", { retain: "no" }],
    "retain must be a boolean, not 'no'",
  ],
  ["properties that are null", "publish", ["t", "p", { properties: null }], "properties must be an object"],
  ["noLocal that is not a boolean", "subscribe", ["t", { noLocal: "false" }], "noLocal must be a boolean"],
  [
    "retainAsPublished that is not a boolean",
    "subscribe",
    ["t", { retainAsPublished: 1 }],
    "retainAsPublished must",
  ],
  [
    "a misspelt option of a filter",
    "subscribe",
    [["t", { QoS: 1 }]],
    "There is no option QoS: did you mean qos? There are qos, noLocal, retainAsPublished, retainHandling",
  ],
  [
    "timeout as an option of a filter",
    "subscribe",
    [["t", { timeout: 1 }]],
    "There is no option timeout; there are qos, noLocal, ",
  ],
  ["null in place of options", "subscribe", [["t", null]], "topic must be a topic filter"],
  ["a list in a list", "subscribe", [[["a", "b"]]], "topic must be a topic filter"],
  ["no filter", "unsubscribe", [], "topic must be a topic filter, or an array of them, not undefined"],
  ["a filter with options", "unsubscribe", [[["a", 1]]], "topic must be a topic filter"],
])("%s is refused", async (_what, name, args, message) => {
  await using all = await connected({}, V5);
  const call = untyped(all.client)[name]?.(...args);
  await expect(call).rejects.toThrow(TypeError);
  await expect(call).rejects.toThrow(message);
  expect(all.session.received).toHaveLength(1);
});

describe("Will", () => {
  const make = Will as new (...args: unknown[]) => Will;

  test.each<[what: string, options: unknown, message: string]>([
    ["nothing", undefined, "will must be an object, not undefined"],
    ["a string", "gone", "will must be an object, not a string"],
    [
      "a misspelt member",
      { topic: "t", retian: true },
      "There is no will.retian: did you mean retain? There are ",
    ],
    ["retain that is not a boolean", { topic: "t", retain: 1 }, "will.retain must be a boolean, not 1"],
  ])("a Will refuses %s", (_what, options, message) => {
    expect(() => new make(options)).toThrow(TypeError);
    expect(() => new make(options)).toThrow(message);
  });

  test("a Will is immutable", () => {
    const will = new Will({ topic: "t" });
    expect(() => Object.assign(will, { topic: "a/#" })).toThrow(TypeError);
  });

  test("the topic of a Will may be a Topic", () => {
    expect(new Will({ topic: new Topic("t") }).topic).toBe("t");
  });
});

test("a misspelt option of authentication is refused", () => {
  const authentication = { method: "m", onChallenge: () => undefined, date: "d" };
  expect(() => new Client("localhost", { ...V5, authentication })).toThrow("There is no authentication.date");
});

describe("extreme timeouts", () => {
  test("a timeout of 0 lets only immediate calls succeed, and others are not sent", async () => {
    await using all = await connected({}, { timeout: 0.5 });
    const limit = { timeout: 0 };
    await expect(all.client.publish("t", "p", limit)).resolves.toMatchObject({ mid: 0 });
    const calls = [
      all.client.publish("t", "p", { ...limit, qos: 1 }),
      all.client.publish("t", "p", { ...limit, qos: 2 }),
      all.client.subscribe("t", limit),
      all.client.unsubscribe("t", limit),
      all.client.messages.next(limit),
    ];
    const timedOut = { status: "rejected", reason: { code: "TIMEOUT" } };
    expect(await Promise.allSettled(calls)).toMatchObject(calls.map(() => timedOut));
    await all.client.publish("t", "last");
    await all.session.waitFor("PUBLISH");
    await all.session.waitFor("PUBLISH");
    expect(all.session.received.map(({ type }) => type)).toEqual(["CONNECT", "PUBLISH", "PUBLISH"]);
    expect(all.client.statistics).toMatchObject({ pendingCalls: 0, queuedOutgoing: 0, inflight: 0 });
  });

  test("disconnect with a timeout of Infinity waits for a pending call", async () => {
    await using all = await connected({ PUBLISH: silence });
    const published = all.client.publish("t", "p", { qos: 1, timeout: Number.POSITIVE_INFINITY });
    const { packetId } = await all.session.waitFor("PUBLISH");
    const disconnected = all.client.disconnect({ timeout: Number.POSITIVE_INFINITY });
    await all.session.send(all.session.packets.puback(packetId));
    await Promise.all([published, disconnected]);
  });

  test("disconnect with a timeout of 0 does not wait for pending calls", async () => {
    await using all = await connected({ PUBLISH: silence });
    const published = all.client.publish("t", "p", { qos: 1 });
    const rejected = expect(published).rejects.toMatchObject({ code: "NOT_CONNECTED" });
    await all.session.waitFor("PUBLISH");
    await all.client.disconnect({ timeout: 0 });
    await rejected;
  });
});

describe("calls in the states without a connection", () => {
  /** The result of all calls without a connection. */
  const refused = { name: "MqttError", code: "NOT_CONNECTED" };
  const expectNotConnected = async (client: Client): Promise<void> => {
    for (const qos of [0, 1, 2] as const)
      await expect(client.publish("t", "p", { qos })).rejects.toMatchObject(refused);
    await expect(client.subscribe("t")).rejects.toMatchObject(refused);
    await expect(client.unsubscribe("t")).rejects.toMatchObject(refused);
    expect(client.connected).toBe(false);
    expect(client.statistics).toMatchObject({ pendingCalls: 0, queuedOutgoing: 0, inflight: 0 });
  };

  test("calls before the first connect are refused", async () => {
    const client = new Client("localhost");
    await expectNotConnected(client);
    await client.disconnect();
    expect(client.connection).toBeUndefined();
    expect(client.identifier).toBe("");
    expect(await Promise.race([client.closed, "pending"])).toBe("pending");
  });

  test("calls while connecting are refused", async () => {
    await using broker = await ScriptedBroker.serving({ CONNECT: silence });
    const client = new Client(broker.url);
    const attempt = client.connect();
    const rejected = expect(attempt).rejects.toMatchObject({ code: "ABORTED" });
    await (await broker.accept()).waitFor("CONNECT");
    await expectNotConnected(client);
    await client.disconnect();
    await rejected;
    await expectNotConnected(client);
  });

  test("calls while disconnecting are refused", async () => {
    await using all = await connected({ DISCONNECT: silence });
    const disconnected = all.client.disconnect();
    await expectNotConnected(all.client);
    await expect(all.client.connect()).rejects.toMatchObject({ code: "REENTRANT" });
    await all.session.waitFor("DISCONNECT");
    await expectNotConnected(all.client);
    all.session.end();
    await disconnected;
    await expectNotConnected(all.client);
  });

  test("calls after a loss are refused, even in the callbacks of rejections", async () => {
    await using all = await connected({ PUBLISH: silence });
    const again = all.client.publish("t", "p", { qos: 1 }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(MqttError);
      return expectNotConnected(all.client);
    });
    await all.session.waitFor("PUBLISH");
    all.session.reset();
    await again;
    await expectNotConnected(all.client);
    await all.client.connect();
    await all.client.publish("t", "p");
  });
});

describe("MQTT 5: the broker's maximum packet size", () => {
  const taking = (maximumPacketSize: number): Answers => ({
    CONNECT: (_packet, session) => session.send(v5.connack({ properties: { maximumPacketSize } })),
  });
  const tooLarge = { reasonCode: { value: 0x95 } };

  test("subscribe and unsubscribe refuse packets above the broker's maximum", async () => {
    await using all = await connected(taking(20), V5);
    // Fixed header, identifier, no properties; length and options of the filter.
    await all.client.subscribe("f".repeat(20 - 2 - 2 - 1 - 2 - 1));
    expect((await all.session.waitFor("SUBSCRIBE")).raw).toHaveLength(20);
    await expect(all.client.subscribe("f".repeat(13))).rejects.toMatchObject(tooLarge);
    await expect(all.client.subscribe(["a", "b", "c", "d"])).rejects.toMatchObject(tooLarge);
    await all.client.unsubscribe("f".repeat(13));
    expect((await all.session.waitFor("UNSUBSCRIBE")).raw).toHaveLength(20);
    await expect(all.client.unsubscribe("f".repeat(14))).rejects.toMatchObject(tooLarge);
    const properties = { userProperties: [["k", "v"]] } as const;
    await expect(all.client.unsubscribe("f".repeat(13), { properties })).rejects.toMatchObject(tooLarge);
    expect(all.session.received).toHaveLength(3);
  });

  test("DISCONNECT is sent without explanations that exceed the broker's maximum", async () => {
    await using all = await connected(taking(20), { ...V5, properties: { sessionExpiryInterval: 9 } });
    const properties = { sessionExpiryInterval: 5, reasonString: "because of so many things" };
    await all.client.disconnect({ reasonCode: 0x04, properties });
    const { raw } = await all.session.waitFor("DISCONNECT");
    expect(raw).toEqual(Buffer.from("e00704051100000005", "hex"));
  });

  test("reauthenticate and answers to challenges refuse packets above the broker's maximum", async () => {
    const large = "x".repeat(100);
    await using all = await connected(
      {
        CONNECT: (_packet, session) =>
          session.send(v5.connack({ properties: { maximumPacketSize: 50, authenticationMethod: "m" } })),
        AUTH: (_packet, session) =>
          session.send(v5.auth({ reasonCode: 0x18, properties: { authenticationMethod: "m" } })),
      },
      { ...V5, authentication: { method: "m", onChallenge: () => large } },
    );
    await expect(all.client.reauthenticate(large)).rejects.toMatchObject(tooLarge);
    expect(all.client.connected).toBe(true);
    await expect(all.client.reauthenticate("small")).rejects.toMatchObject({
      code: "AUTHENTICATION_FAILED",
      cause: tooLarge,
    });
    expect(all.session.received.filter(({ type }) => type === "AUTH")).toHaveLength(1);
  });
});
