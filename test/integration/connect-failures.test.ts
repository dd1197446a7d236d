import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Client, type ClientOptions, MqttConnectError, ProtocolVersion } from "../../lib/index.ts";
import { eventually } from "../support/eventually.ts";
import { packet } from "../support/packets.ts";
import { protocols } from "../support/protocols.ts";
import { openSockets, threadCount } from "../support/resources.ts";
import { politeAnswers, silence } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

// The engine's threads start with the first client and stay. Those of Node's pool start with the first name lookup.
beforeAll(async () => {
  await using broker = await ScriptedBroker.serving();
  await using _client = await Client.connect("localhost", broker.port);
});

let sockets: string[];
let threads: number;

beforeEach(() => {
  sockets = openSockets();
  threads = threadCount();
});

/** A failed attempt leaves neither sockets nor threads behind. */
afterEach(async () => {
  await eventually(() => {
    expect(openSockets()).toEqual(sockets);
    expect(threadCount()).toBeLessThanOrEqual(threads);
  });
});

async function unusedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address ? address.port : 0;
}

test("a name that does not exist is ENOTFOUND", async () => {
  const client = new Client("no-such-host.invalid");
  for (let attempt = 1; attempt <= 2; attempt++) {
    await expect(client.connect()).rejects.toMatchObject({ name: "MqttError", code: "ENOTFOUND" });
    expect(client.connected).toBe(false);
  }
});

test("a port without a listener is ECONNREFUSED, and with a listener the client connects", async () => {
  const port = await unusedPort();
  const client = new Client("127.0.0.1", port);
  await expect(client.connect()).rejects.toMatchObject({ name: "MqttError", code: "ECONNREFUSED" });
  await using _broker = await ScriptedBroker.serving({}, { port });
  await client.connect();
  await client.disconnect();
});

/**
 * Makes one attempt whose CONNECT is answered by `fail` only, and returns its error. Then makes another attempt, which
 * must succeed.
 */
async function failOnce(
  options: ClientOptions,
  fail: (broker: ScriptedBroker, client: Client) => unknown,
  limits: Parameters<Client["connect"]>[0] = {},
): Promise<unknown> {
  let isPolite = false;
  await using broker = await ScriptedBroker.serving({
    CONNECT: (packet, session) => (isPolite ? politeAnswers.CONNECT(packet, session) : undefined),
  });
  await using client = new Client(broker.url, options);
  const outcome = client.connect(limits).then(
    () => "it did connect",
    (error: unknown) => error,
  );
  await fail(broker, client);
  const error = await outcome;
  expect(client.connected).toBe(error === "it did connect");
  await client.disconnect();
  isPolite = true;
  await client.connect({ timeout: 10 });
  await client.publish("alive", "again", { qos: 1 });
  return error;
}

const violated = { code: "PROTOCOL_ERROR" };
const timedOut = { name: "MqttError", code: "TIMEOUT" };
const lost = { name: "MqttError", code: "CONNECTION_LOST" };

describe.each(protocols)("MQTT $name", ({ protocol }) => {
  test("a broker that does not answer causes TIMEOUT in time", async () => {
    const begin = performance.now();
    const error = await failOnce({ protocol, timeout: 0.2 }, async (broker) => {
      const session = await broker.accept();
      await session.receive("CONNECT");
      await session.closed;
      expect(performance.now() - begin).toBeGreaterThan(150);
      expect(performance.now() - begin).toBeLessThan(2_000);
    });
    expect(error).toMatchObject(timedOut);
  });

  test("a broker that closes at once causes CONNECTION_LOST", async () => {
    const error = await failOnce({ protocol }, async (broker) => (await broker.accept()).end());
    expect(error).toMatchObject({
      ...lost,
      message: expect.stringMatching(/ \(before CONNACK\) \(connect, 127\.0\.0\.1:\d+\)$/),
    });
  });

  test("a broker that resets at once causes CONNECTION_LOST or ECONNRESET", async () => {
    const error = await failOnce({ protocol }, async (broker) => (await broker.accept()).reset());
    // The code depends on the timing of the reset.
    expect(error).toMatchObject({
      name: "MqttError",
      code: expect.stringMatching(/^(CONNECTION_LOST|ECONNRESET)$/),
    });
  });

  test("a broker that closes within its CONNACK causes CONNECTION_LOST", async () => {
    const error = await failOnce({ protocol }, async (broker) => {
      const session = await broker.accept();
      await session.receive("CONNECT");
      await session.send(session.packets.connack().subarray(0, 3));
      session.end();
    });
    expect(error).toMatchObject(lost);
  });

  test.each<[what: string, bytes: Buffer]>([
    ["text", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["zeros", Buffer.alloc(1000)],
    ["ones", Buffer.alloc(1000, 0xff)],
    ["a packet of a client", packet(0xc0)],
    ["a PUBLISH", Buffer.from("300400017400", "hex")],
    ["a SUBACK", Buffer.from("9003000100", "hex")],
    ["a PINGRESP", packet(0xd0)],
    ["a CONNACK that is too short", packet(0x20, Buffer.from([0]))],
    ["a CONNACK with wrong flags in its header", packet(0x21, Buffer.from([0, 0, 0]))],
  ])("a broker that answers CONNECT with %s causes PROTOCOL_ERROR", async (_what, bytes) => {
    const error = await failOnce({ protocol }, async (broker) => {
      const session = await broker.accept();
      await session.receive("CONNECT");
      await session.send(bytes);
    });
    expect(error).toMatchObject(violated);
  });

  test("connect with a timeout of 0 fails at once", async () => {
    const error = await failOnce({ protocol }, silence, { timeout: 0 });
    expect(error).toMatchObject(timedOut);
  });

  test("connect with an aborted signal rejects with its reason, without an attempt", async () => {
    const error = await failOnce({ protocol }, silence, { signal: AbortSignal.abort("no need") });
    expect(error).toBe("no need");
  });

  test("a signal that is aborted while waiting for CONNACK rejects with its reason", async () => {
    const abort = new AbortController();
    const error = await failOnce(
      { protocol },
      async (broker) => {
        const session = await broker.accept();
        await session.receive("CONNECT");
        abort.abort(new Error("changed my mind"));
        await session.closed;
      },
      { signal: abort.signal },
    );
    expect(error).toMatchObject({ message: "changed my mind" });
  });

  test("a signal that is aborted right after connect was called rejects with its reason", async () => {
    const abort = new AbortController();
    const error = await failOnce({ protocol }, () => abort.abort("quick"), { signal: abort.signal });
    expect(error).toBe("quick");
  });

  test("disconnect aborts an attempt", async () => {
    const error = await failOnce({ protocol }, async (broker, client) => {
      const session = await broker.accept();
      await session.receive("CONNECT");
      await client.disconnect();
    });
    expect(error).toMatchObject({ name: "MqttError", code: "ABORTED" });
  });

  test("disconnect right after connect aborts the attempt", async () => {
    const error = await failOnce({ protocol }, (_broker, client) => client.disconnect());
    expect(error).toMatchObject({ name: "MqttError", code: "ABORTED" });
  });
});

/** The error of a client whose CONNECT is refused in this way. */
function refused(options: ClientOptions, reasonCode: number, properties?: object): Promise<unknown> {
  return failOnce(options, async (broker) => {
    const session = await broker.accept();
    await session.receive("CONNECT");
    await session.send(session.packets.connack({ reasonCode, ...(properties && { properties }) }));
  });
}

describe.each(protocols.filter(({ protocol }) => protocol < 5))("MQTT $name", ({ protocol }) => {
  test.each([
    [1, 0x84, "Unsupported Protocol Version"],
    [2, 0x85, "Client Identifier not valid"],
    [3, 0x88, "Server unavailable"],
    [4, 0x86, "Bad User Name or Password"],
    [5, 0x87, "Not authorized"],
    [6, 0x80, "Unspecified error"],
  ])("CONNACK code %i is reason code %i", async (code, value, name) => {
    const error = await refused({ protocol, identifier: "i" }, code);
    expect(error).toBeInstanceOf(MqttConnectError);
    expect(error).toMatchObject({
      code: "CONNECTION_REFUSED",
      reasonCode: { value, name },
      message: expect.stringContaining(`[code:${value}] ${name} (connect, 127.0.0.1:`),
      properties: undefined,
    });
  });
});

// [MQTT-3.2.2-1]; MQTT 3.1 defines no such flags.
test.each([
  ["3.1.1", ProtocolVersion.V311, [0x82, 0]],
  ["5", ProtocolVersion.V5, [0x82, 0, 0]],
])("MQTT %s: reserved flags in CONNACK are a PROTOCOL_ERROR", async (_name, protocol, bytes) => {
  const error = await failOnce({ protocol }, async (broker) => {
    const session = await broker.accept();
    await session.receive("CONNECT");
    await session.send(packet(0x20, Buffer.from(bytes)));
  });
  expect(error).toMatchObject(violated);
});

// MQTT 5, section 3.2.2.2.
const failingCodes = [
  0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b,
  0x9c, 0x9d, 0x9f,
];

test.each(failingCodes)(
  "MQTT 5: CONNACK with reason code %i is reported with its properties",
  async (reasonCode) => {
    const userProperties = [
      ["a", "1"],
      ["a", "2"],
    ] as const;
    const properties = { reasonString: "because", serverReference: "elsewhere", userProperties };
    const error = await refused({ protocol: ProtocolVersion.V5 }, reasonCode, properties);
    expect(error).toBeInstanceOf(MqttConnectError);
    expect(error).toMatchObject({
      code: "CONNECTION_REFUSED",
      reasonCode: { value: reasonCode },
      properties,
      message: expect.stringContaining("because"),
    });
  },
);

test("MQTT 5: a refusal may have no properties", async () => {
  const error = await refused({ protocol: ProtocolVersion.V5 }, 0x87);
  expect(error).toMatchObject({
    message: expect.stringMatching(/^\[code:135\] Not authorized \(connect, /),
    properties: {},
  });
});

test("MQTT 5: a CONNACK of a broker of MQTT 3.1.1 is a refusal", async () => {
  const error = await failOnce({ protocol: ProtocolVersion.V5 }, async (broker) => {
    const session = await broker.accept();
    await session.receive("CONNECT");
    await session.send(Buffer.from([0x20, 2, 0, 1]));
  });
  expect(error).toMatchObject({ code: "CONNECTION_REFUSED", reasonCode: { value: 0x84 } });
});

test.each([
  ["a refusing CONNACK", 0x87],
  ["an accepting CONNACK", 0],
])(
  "MQTT 5: %s with malformed properties is a PROTOCOL_ERROR",
  async (_what, reasonCode) => {
    const notUtf8 = Buffer.from("1f0002c328", "hex");
    const error = await refused({ protocol: ProtocolVersion.V5, timeout: 1 }, reasonCode, notUtf8);
    expect(error).toMatchObject(violated);
  },
  3_000,
);

test("twenty attempts at once all time out", async () => {
  await using broker = await ScriptedBroker.start();
  const clients = Array.from({ length: 20 }, () => new Client(broker.url, { timeout: 0.1 }));
  const outcomes = await Promise.allSettled(clients.map((client) => client.connect()));
  expect(outcomes).toEqual(
    clients.map(() => ({ status: "rejected", reason: expect.objectContaining(timedOut) })),
  );
});
