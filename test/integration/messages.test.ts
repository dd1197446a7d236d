import { once } from "node:events";
import { Readable } from "node:stream";
import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { Client, type Message, MqttCodeError, MqttError, ProtocolVersion } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { eventually } from "../support/eventually.ts";
import { take, takeOne } from "../support/messages.ts";
import type { Reason } from "../support/packets.ts";
import { protocols } from "../support/protocols.ts";
import type { ScriptedSession } from "../support/scripted-session.ts";

const V5 = { protocol: ProtocolVersion.V5 };
const lost = {
  name: "MqttError",
  code: "CONNECTION_LOST",
  message: "Disconnected during message iteration",
  cause: { name: "MqttError", code: "CONNECTION_LOST" },
};

/** Sends messages with these texts. */
function deliver(session: ScriptedSession, ...texts: string[]): Promise<void> {
  return session.send(...texts.map((payload) => session.packets.publish({ topic: "t", payload })));
}

const texts = (messages: Message[]) => messages.map((message) => message.text());

/** Returns all texts until the iteration ends. */
async function rest(client: Client): Promise<string[]> {
  const received: string[] = [];
  for await (const message of client.messages) received.push(message.text());
  return received;
}

test("consumers compete, and each message goes to one of them", async () => {
  await using all = await connected();
  const { client, session } = all;
  const consumers = Array.from({ length: 4 }, () => rest(client));
  const numbers = Array.from({ length: 100 }, (_, index) => String(index));
  await deliver(session, ...numbers);
  await client.publish("barrier", "", { qos: 1 });
  await client.disconnect();
  const received = await Promise.all(consumers);
  expect(received.flat().sort((a, b) => Number(a) - Number(b))).toEqual(numbers);
  for (const each of received) expect(each.map(Number)).toEqual(each.map(Number).sort((a, b) => a - b));
});

test("consumers are served in their order", async () => {
  await using all = await connected();
  const waiting = [takeOne(all.client), takeOne(all.client), takeOne(all.client)];
  await deliver(all.session, "1", "2", "3");
  expect(texts(await Promise.all(waiting))).toEqual(["1", "2", "3"]);
});

test("messages are queued without a consumer, and length counts them", async () => {
  await using all = await connected();
  const { client, session } = all;
  expect(client.messages.length).toBe(0);
  await deliver(session, "1", "2", "3");
  await eventually(() => expect(client.messages.length).toBe(3));
  await takeOne(client);
  expect(client.messages.length).toBe(2);
  await take(client, 2);
  expect(client.messages.length).toBe(0);
});

test("messages that arrive together with CONNACK are delivered", async () => {
  await using all = await connected({
    CONNECT: (_packet, session) =>
      session.send(session.packets.connack(), session.packets.publish({ topic: "t", payload: "early" })),
  });
  expect((await takeOne(all.client)).text()).toBe("early");
});

describe("consumers that stop waiting", () => {
  test("a wait that times out loses no message", async () => {
    await using all = await connected();
    await expect(all.client.messages.next({ timeout: 0.02 })).rejects.toMatchObject({
      name: "MqttError",
      code: "TIMEOUT",
    });
    await deliver(all.session, "1", "2");
    expect(texts(await take(all.client, 2))).toEqual(["1", "2"]);
  });

  test("a wait that is aborted loses no message", async () => {
    await using all = await connected();
    const abort = new AbortController();
    const waiting = all.client.messages.next({ signal: abort.signal });
    const behind = takeOne(all.client);
    abort.abort("enough");
    await expect(waiting).rejects.toBe("enough");
    await deliver(all.session, "1", "2");
    expect((await behind).text()).toBe("1");
    expect((await takeOne(all.client)).text()).toBe("2");
  });

  test("a wait with an aborted signal takes no message", async () => {
    await using all = await connected();
    await deliver(all.session, "1");
    await eventually(() => expect(all.client.messages.length).toBe(1));
    await expect(all.client.messages.next({ signal: AbortSignal.abort("no") })).rejects.toBe("no");
    expect((await takeOne(all.client)).text()).toBe("1");
  });

  test("waits that time out while messages arrive lose no message", async () => {
    await using all = await connected();
    const numbers = Array.from({ length: 300 }, (_, index) => String(index));
    const sent = (async () => {
      for (const number of numbers) await deliver(all.session, number);
    })();
    const received: string[] = [];
    while (received.length < numbers.length) {
      const next = all.client.messages.next({ timeout: Math.random() / 500 });
      const result = await next.catch((error: unknown) => error);
      if (result instanceof MqttError) expect(result.code).toBe("TIMEOUT");
      else received.push((result as IteratorYieldResult<Message>).value.text());
    }
    await sent;
    expect(received).toEqual(numbers);
  });

  test("a timeout of 0 takes a message that is queued", async () => {
    await using all = await connected();
    await expect(all.client.messages.next({ timeout: 0 })).rejects.toMatchObject({ code: "TIMEOUT" });
    await deliver(all.session, "1");
    await eventually(() => expect(all.client.messages.length).toBe(1));
    expect((await all.client.messages.next({ timeout: 0 })).value?.text()).toBe("1");
  });
});

test("a stream that is destroyed while it waits loses no message, and unsubscribes nothing", async () => {
  await using all = await connected();
  const { client, session } = all;
  const stream = Readable.from(client.messages);
  const [first] = await Promise.all([once(stream, "data"), deliver(session, "1")]);
  expect(texts(first)).toEqual(["1"]);
  stream.destroy();
  await once(stream, "close");
  await deliver(session, "2", "3");
  expect(texts(await take(client, 2))).toEqual(["2", "3"]);
  await client.publish("barrier", "", { qos: 1 });
  expect(session.received.map(({ type }) => type)).toEqual(["CONNECT", "PUBLISH"]);
});

test("a loop that ends by break loses no message, and another loop continues", async () => {
  await using all = await connected();
  await deliver(all.session, "1", "2", "3", "4");
  const received: string[] = [];
  for await (const message of all.client.messages) {
    received.push(message.text());
    if (received.length === 2) break;
  }
  for await (const message of all.client.messages) {
    received.push(message.text());
    if (received.length === 4) break;
  }
  expect(received).toEqual(["1", "2", "3", "4"]);
});

test("the end of one loop does not end another", async () => {
  await using all = await connected();
  const { client, session } = all;
  const other = rest(client);
  const waiting = takeOne(client);
  await client.messages.return();
  await deliver(session, "1", "2");
  await waiting;
  await client.publish("barrier", "", { qos: 1 });
  await client.disconnect();
  expect(await other).toEqual(["1"]);
});

describe.each(protocols)("MQTT $name", ({ protocol }) => {
  test("after the client's disconnect, queued messages are delivered and then the iteration ends", async () => {
    await using all = await connected({}, { protocol });
    await deliver(all.session, "1", "2");
    await all.client.publish("barrier", "", { qos: 1 });
    await all.client.disconnect();
    expect(all.client.messages.length).toBe(2);
    expect(await rest(all.client)).toEqual(["1", "2"]);
    expect(await all.client.messages.next()).toEqual({ value: undefined, done: true });
  });

  test("the client's disconnect ends every waiting iteration", async () => {
    await using all = await connected({}, { protocol });
    const waiting = [rest(all.client), rest(all.client), all.client.messages.next({ timeout: 10 })];
    await all.client.disconnect();
    expect(await Promise.all(waiting)).toEqual([[], [], { value: undefined, done: true }]);
  });

  test("after a loss, queued messages are delivered and then the iteration throws with the cause", async () => {
    await using all = await connected({}, { protocol });
    await deliver(all.session, "1", "2");
    all.session.end();
    const reason = await all.client.closed;
    expect(texts(await take(all.client, 2))).toEqual(["1", "2"]);
    await expect(all.client.messages.next()).rejects.toMatchObject(lost);
    const error: unknown = await rest(all.client).catch((error: unknown) => error);
    expect((error as Error).cause).toBe(reason);
  });

  test("a loss throws in every waiting iteration", async () => {
    await using all = await connected({}, { protocol });
    const waiting = Promise.allSettled([
      rest(all.client),
      rest(all.client),
      all.client.messages.next({ timeout: 10 }),
    ]);
    all.session.reset();
    for (const outcome of await waiting) expect(outcome).toMatchObject({ status: "rejected", reason: lost });
  });

  test("iteration works again after another connect", async () => {
    await using all = await connected({}, { protocol });
    for (const end of ["loss", "disconnect", "loss"]) {
      const session = all.broker.sessions.at(-1)!;
      await deliver(session, end);
      expect((await takeOne(all.client)).text()).toBe(end);
      if (end === "loss") session.reset();
      else await all.client.disconnect();
      await all.client.closed;
      await all.client.connect();
    }
    await deliver(all.broker.sessions.at(-1)!, "last");
    expect((await takeOne(all.client)).text()).toBe("last");
  });

  test("messages of an earlier connection are delivered after another connect", async () => {
    await using all = await connected({}, { protocol });
    await deliver(all.session, "old");
    await all.client.publish("barrier", "", { qos: 1 });
    await all.client.disconnect();
    await all.client.connect();
    await deliver(all.broker.sessions.at(-1)!, "new");
    expect(texts(await take(all.client, 2))).toEqual(["old", "new"]);
  });

  test("a QoS 2 message that is sent again before PUBREL is delivered once", async () => {
    await using all = await connected({ PUBREC: () => {} }, { protocol });
    const { client, session } = all;
    const message = { topic: "t", payload: "once", qos: 2, packetId: 7 } as const;
    await session.send(session.packets.publish(message));
    await session.waitFor("PUBREC");
    await session.send(session.packets.publish({ ...message, dup: true }));
    await session.waitFor("PUBREC");
    await session.send(session.packets.pubrel(7));
    await session.waitFor("PUBCOMP");
    await deliver(session, "after");
    expect(texts(await take(client, 2))).toEqual(["once", "after"]);
  });

  test("a packet identifier may be used again for another message", async () => {
    await using all = await connected({}, { protocol });
    const { client, session } = all;
    for (let round = 1; round <= 3; round++) {
      await session.send(session.packets.publish({ topic: "t", payload: "one", qos: 1, packetId: 65_535 }));
      await session.waitFor("PUBACK", { where: ({ packetId }) => packetId === 65_535 });
      await session.send(session.packets.publish({ topic: "t", payload: "two", qos: 2, packetId: 65_535 }));
      await session.waitFor("PUBCOMP", { where: ({ packetId }) => packetId === 65_535 });
    }
    expect(texts(await take(client, 6))).toEqual(["one", "two", "one", "two", "one", "two"]);
  });

  test("a message has the contents of its packet", async () => {
    await using all = await connected({}, { protocol });
    await all.session.send(
      all.session.packets.publish({
        topic: "grüße/🦆",
        payload: '{"a":[1]}',
        qos: 1,
        retain: true,
        dup: true,
        packetId: 513,
      }),
    );
    const message = await takeOne(all.client);
    expect(message).toMatchObject({ qos: 1, retain: true, dup: true, mid: 513 });
    expect(message.topic.value).toBe("grüße/🦆");
    expect(message.json()).toEqual({ a: [1] });
    const parsed = JSON.parse(JSON.stringify(message));
    expect(parsed).toMatchObject({ topic: "grüße/🦆", qos: 1, retain: true, dup: true, mid: 513 });
    expect(Buffer.from(parsed.payload)).toEqual(message.payload);
    expect(inspect(message)).toBe(`Message ${inspect(message.toJSON())}`);
    const copy = message.copy();
    expect(copy).toMatchObject({ qos: 1, retain: true, dup: true, mid: 513 });
    expect(copy.payload.equals(message.payload)).toBe(true);
    expect(copy.payload.buffer).not.toBe(message.payload.buffer);
  });
});

describe("MQTT 5: a DISCONNECT from the broker", () => {
  const reasons: [what: string, reason: Reason, value: number, properties: object][] = [
    ["without a reason code", {}, 0x00, {}],
    ["with a normal reason", { reasonCode: 0x00, properties: {} }, 0x00, {}],
    ["of a session that was taken over", { reasonCode: 0x8e }, 0x8e, {}],
    ["after a keep alive timeout", { reasonCode: 0x8d, properties: {} }, 0x8d, {}],
    [
      "of a server that moved",
      { reasonCode: 0x9d, properties: { reasonString: "because", serverReference: "elsewhere" } },
      0x9d,
      { reasonString: "because", serverReference: "elsewhere" },
    ],
  ];

  test.each(reasons)("MQTT 5: a DISCONNECT %s is a loss", async (_what, reason, value, properties) => {
    await using all = await connected({}, V5);
    const { client, session } = all;
    await deliver(session, "before");
    await session.send(session.packets.disconnect(reason));
    const error = await client.closed;
    expect(error).toBeInstanceOf(MqttCodeError);
    expect(error).toMatchObject({ code: "CONNECTION_LOST", reasonCode: { value }, properties });
    expect((await takeOne(client)).text()).toBe("before");
    await expect(client.messages.next()).rejects.toMatchObject({
      message: "Disconnected during message iteration",
      cause: error,
    });
    await client.connect();
  });

  test("MQTT 5: a DISCONNECT is not answered by a DISCONNECT", async () => {
    await using all = await connected({}, V5);
    await all.session.send(all.session.packets.disconnect({ reasonCode: 0x8b }));
    await all.client.closed;
    await all.session.closed;
    expect(all.session.received).toHaveLength(1);
  });
});

test("a wait for messages may begin before the first connect", async () => {
  const client = new Client("127.0.0.1");
  await expect(client.messages.next({ timeout: 0.02 })).rejects.toMatchObject({ code: "TIMEOUT" });
  const waiting = client.messages.next();
  await using all = await connected();
  const late = new Client(all.broker.url);
  const first = late.messages.next();
  await late.connect();
  const session = await all.broker.accept();
  await deliver(session, "first");
  expect((await first).value?.text()).toBe("first");
  await late.disconnect();
  expect(await Promise.race([waiting, "still waiting"])).toBe("still waiting");
});

test("MQTT 5: the properties of messages are reported", async () => {
  await using all = await connected({}, V5);
  const properties = {
    payloadFormatIndicator: 1,
    messageExpiryInterval: 5,
    contentType: "c",
    responseTopic: "r",
    correlationData: Buffer.from([0]),
    subscriptionIdentifiers: [1, 268_435_455],
    userProperties: [
      ["a", "1"],
      ["a", "2"],
    ] as const,
  };
  await all.session.send(
    all.session.packets.publish({ topic: "t", properties }),
    all.session.packets.publish({ topic: "t" }),
  );
  const [first, second] = await take(all.client, 2);
  const expected = { ...properties, payloadFormatIndicator: true };
  expect(first?.properties).toEqual(expected);
  expect(first?.copy().properties).toEqual(expected);
  expect(JSON.parse(JSON.stringify(first)).properties).toEqual(JSON.parse(JSON.stringify(expected)));
  expect(second?.properties).toBeUndefined();
});

test("packets that arrive in the smallest pieces give the same messages", async () => {
  await using all = await connected({}, V5);
  const { client, session } = all;
  const numbers = Array.from({ length: 20 }, (_, index) => String(index));
  const packets = numbers.map((payload, index) =>
    session.packets.publish({
      topic: `t/${index}`,
      payload,
      qos: (index % 2) as 0 | 1,
      packetId: index + 1,
    }),
  );
  await session.sendInPieces(Buffer.concat(packets), [1, 2, 3]);
  expect(texts(await take(client, 20))).toEqual(numbers);
});
