import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { packet, v5 } from "../support/packets.ts";
import { decodeProperties, encodeProperties } from "../support/properties.ts";
import { silence } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const hex = (digits: string) => Buffer.from(digits.replaceAll(" ", ""), "hex");

// Client identifier "c", keep alive 60, clean.
const connect311 = hex("10 0d 0004 4d515454 04 02 003c 0001 63");
const connect5 = hex("10 0e 0004 4d515454 05 02 003c 00 0001 63");
const pingreq = hex("c0 00");

async function dial(broker: ScriptedBroker): Promise<Socket> {
  const socket = broker.port ? connect(broker.port, broker.host) : connect(broker.host);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  return socket;
}

async function read(socket: Socket, length: number): Promise<string> {
  for (;;) {
    const bytes: Buffer | null = socket.read(length);
    if (bytes) return bytes.toString("hex");
    await once(socket, "readable");
  }
}

describe("a session by hand", () => {
  test("shows packets and sends what it is told", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    client.write(connect5);

    const packet = await session.receive("CONNECT");
    expect(packet).toMatchObject({ protocolVersion: 5, cleanStart: true, keepalive: 60, clientId: "c" });
    expect(packet.raw).toEqual(connect5);
    expect(packet.receivedAt).toBeLessThanOrEqual(performance.now());

    session.send(
      session.packets.connack({ sessionPresent: true, reasonCode: 0x87, properties: { receiveMaximum: 10 } }),
    );
    expect(await read(client, 8)).toBe("20060187" + "0321000a");
  });

  test("takes packets apart however the bytes arrive", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    const publish = packet(0x3b, hex("0001 74 0007"), Buffer.alloc(200_000, 1));
    client.write(Buffer.concat([connect311, pingreq, publish.subarray(0, 3)]));
    await session.receive("CONNECT");
    await session.receive("PINGREQ");
    client.write(publish.subarray(3));
    client.write(pingreq);

    expect(await session.receive("PUBLISH")).toMatchObject({
      topic: "t",
      qos: 1,
      dup: true,
      retain: true,
      packetId: 7,
    });
    await session.receive("PINGREQ");
    expect(session.received.map(({ type }) => type)).toEqual(["CONNECT", "PINGREQ", "PUBLISH", "PINGREQ"]);
    expect(session.pendingBytes).toBe(0);
  });

  test("understands every field of CONNECT", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    const will = "02 0101 0001 77 0002 6869"; // one property, topic "w", payload "hi"
    const body = hex(`0004 4d515454 05 ec 000a 05 1100000009 0000 ${will} 0001 75 0001 70`);
    client.write(packet(0x10, body));

    const { properties, ...rest } = await session.receive("CONNECT");
    expect(decodeProperties(properties)).toEqual({ sessionExpiryInterval: 9 });
    expect(rest).toMatchObject({
      cleanStart: false,
      clientId: "",
      username: "u",
      password: Buffer.from("p"),
    });
    expect(rest.will).toEqual({
      topic: "w",
      payload: Buffer.from("hi"),
      qos: 1,
      retain: true,
      properties: hex("0101"),
    });
  });

  test("understands SUBSCRIBE, UNSUBSCRIBE, acknowledgements and DISCONNECT", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    client.write(connect5);
    client.write(hex("82 0a 0001 00 0001 61 2e 0000 01"));
    client.write(hex("a2 06 0002 00 0001 61"));
    client.write(hex("40 02 0003"));
    client.write(hex("40 03 0003 10"));
    client.write(hex("e0 02 04 00"));

    await session.receive("CONNECT");
    expect((await session.receive("SUBSCRIBE")).subscriptions).toEqual([
      { filter: "a", qos: 2, noLocal: true, retainAsPublished: true, retainHandling: 2 },
      { filter: "", qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
    ]);
    expect(await session.receive("UNSUBSCRIBE")).toMatchObject({ packetId: 2, filters: ["a"] });
    expect(await session.receive("PUBACK")).toMatchObject({ packetId: 3, reasonCode: 0 });
    expect(await session.receive("PUBACK")).toMatchObject({ packetId: 3, reasonCode: 0x10 });
    expect(await session.receive("DISCONNECT")).toMatchObject({ reasonCode: 4 });
  });

  test("says what came instead of what was expected", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    client.write(connect311);
    await expect(session.receive("PINGREQ")).rejects.toThrow("PINGREQ expected, CONNECT received");
    await expect(session.receive("PINGREQ", { within: 1 })).rejects.toThrow("did not come in time");
    client.end();
    await expect(session.receive("PINGREQ")).rejects.toThrow(
      "ended before PINGREQ came (received so far: CONNECT)",
    );
    expect(await session.closed).toBeUndefined();
  });

  test("finds the packet that a test waits for among others", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    client.write(Buffer.concat([connect311, hex("40 02 0001"), hex("40 02 0002")]));
    const second = await session.waitFor("PUBACK", { where: ({ packetId }) => packetId === 2 });
    expect(second.packetId).toBe(2);
  });

  test("closes on malformed packets and makes them known", async () => {
    const broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    client.write(hex("10 02 0004"));
    await expect(session.receive("CONNECT")).rejects.toThrow("malformed packet: 10020004");
    await expect(broker.stop()).rejects.toThrow("malformed packet: 10020004");
  });

  test("sends in pieces", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    let pieces = 0;
    client.on("data", () => pieces++);
    await session.sendInPieces(Buffer.alloc(10), [1, 2]);
    session.end();
    await once(client, "end");
    expect(client.bytesRead).toBe(10);
    expect(pieces).toBeGreaterThan(1);
  });

  test("resets", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    (await broker.accept()).reset();
    const [error] = await once(client, "error");
    expect(error).toMatchObject({ code: "ECONNRESET" });
  });

  test("reports a reset by the client", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    client.resetAndDestroy();
    expect(await session.closed).toMatchObject({ code: "ECONNRESET" });
    await session.send(pingreq); // to nobody, and that is no error
  });

  test("stops reading, so that the client's bytes back up", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    session.pause();
    client.write(connect311);
    await expect(session.receive("CONNECT", { within: 50 })).rejects.toThrow("did not come in time");
    session.resume();
    await session.receive("CONNECT");
  });
});

describe("a polite broker", () => {
  test("answers everything in the client's version", async () => {
    await using broker = await ScriptedBroker.serving();
    const client = await dial(broker);
    client.write(connect311);
    expect(await read(client, 4)).toBe("20020000");
    client.write(hex("82 06 0001 0001 61 01"));
    expect(await read(client, 5)).toBe("9003000101");
    client.write(hex("a2 05 0002 0001 61"));
    expect(await read(client, 4)).toBe("b0020002");
    client.write(hex("32 05 0001 74 0003"));
    expect(await read(client, 4)).toBe("40020003");
    client.write(hex("34 05 0001 74 0004"));
    expect(await read(client, 4)).toBe("50020004");
    client.write(hex("62 02 0004"));
    expect(await read(client, 4)).toBe("70020004");
    client.write(hex("50 02 0005"));
    expect(await read(client, 4)).toBe("62020005");
    client.write(pingreq);
    expect(await read(client, 2)).toBe("d000");
    client.write(hex("e0 00"));
    client.resume();
    await once(client, "end");
  });

  test("can be impolite in one respect", async () => {
    await using broker = await ScriptedBroker.serving({ PINGREQ: silence });
    const client = await dial(broker);
    client.write(Buffer.concat([connect5, pingreq, hex("32 06 0001 74 0003 00")]));
    expect(await read(client, 5)).toBe("2003000000");
    expect(await read(client, 4)).toBe("40020003");
    const session = await broker.accept();
    await session.waitFor("PINGREQ");
  });

  test("takes over a session that began by hand", async () => {
    await using broker = await ScriptedBroker.start();
    const client = await dial(broker);
    const session = await broker.accept();
    client.write(Buffer.concat([connect5, pingreq]));
    await session.receive("CONNECT");
    session.serve();
    expect(await read(client, 2)).toBe("d000");
  });
});

describe("listening", () => {
  test.each([
    ["IPv6", { host: "::1" }, /^mqtt:\/\/\[::1]:\d+$/],
    ["a Unix socket", { path: join(tmpdir(), `scripted-broker-${process.pid}.sock`) }, /^unix:\/.*\.sock$/],
  ])("on %s", async (_name, at, url) => {
    await using broker = await ScriptedBroker.start(at);
    expect(broker.url).toMatch(url);
    await dial(broker);
    await broker.accept();
  });

  test("refuses further clients on request, and keeps those it has", async () => {
    await using broker = await ScriptedBroker.serving();
    const client = await dial(broker);
    broker.refuse();
    const late = connect(broker.port, broker.host);
    const [error] = await once(late, "error");
    expect(error).toMatchObject({ code: "ECONNREFUSED" });
    client.write(pingreq);
    expect(await read(client, 2)).toBe("d000");
  });

  test("says so when nobody comes", async () => {
    await using broker = await ScriptedBroker.start();
    await expect(broker.accept({ within: 1 })).rejects.toThrow("no client connected in time");
    const nobody = expect(broker.accept()).rejects.toThrow("stopped before a client connected");
    await broker.stop();
    await nobody;
  });
});

test("properties survive being encoded and decoded", () => {
  const properties = {
    payloadFormatIndicator: 1,
    correlationData: Buffer.from([1, 2]),
    subscriptionIdentifiers: [1, 200, 268_435_455],
    topicAlias: 513,
    maximumPacketSize: 0x01020304,
    reasonString: "über",
    userProperties: [
      ["a", "1"],
      ["a", "2"],
    ],
  } as const;
  const encoded = encodeProperties(properties);
  expect(decodeProperties(encoded.subarray(1))).toEqual(properties);
  expect(v5.disconnect({ reasonCode: 0x8b, properties })).toEqual(packet(0xe0, hex("8b"), encoded));
});
