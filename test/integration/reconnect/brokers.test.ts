import { describe, expect, test } from "vitest";
import { Client, type ClientOptions, ProtocolVersion } from "../../../lib/index.ts";
import { errorOf, QUICK } from "../../support/reconnecting.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

// Several addresses, and brokers that refer to others.

const V5 = { protocol: ProtocolVersion.V5 };
const LASTING: ClientOptions = { ...V5, reconnect: QUICK };

/** A broker that refers each client to another one. */
const referring = (serverReference: () => string, reasonCode = 0x9c) =>
  ScriptedBroker.serving({
    CONNECT: (_packet, session) => {
      session.send(
        session.packets.connack({ reasonCode, properties: { serverReference: serverReference() } }),
      );
      session.end();
    },
  });

describe("several addresses", () => {
  test("are tried in order, without a delay between", async () => {
    await using a = await ScriptedBroker.start();
    await using b = await ScriptedBroker.serving();
    a.refuse();
    const client = await Client.connect([a.url, b.url], { protocol: ProtocolVersion.V311 });
    expect(client.broker).toBe(b.url);
    await client.disconnect();
  });

  test("fail with the last error when none works", async () => {
    await using a = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(session.packets.connack({ reasonCode: 0x87 })),
    });
    await using b = await ScriptedBroker.start();
    b.refuse();
    expect(await errorOf(Client.connect([a.url, b.url], V5))).toMatchObject({
      code: "ECONNREFUSED",
      message: expect.stringMatching(`connect, 127.0.0.1:${b.port}`),
    });
    expect(await errorOf(Client.connect([b.url, a.url], V5))).toMatchObject({ reasonCode: { value: 0x87 } });
  });

  test("a client goes to the next one after a loss, stays there, and begins a new session", async () => {
    const a = await ScriptedBroker.serving();
    await using b = await ScriptedBroker.serving();
    await using client = await Client.connect([a.url, b.url], { ...LASTING, identifier: "me" });
    const events = client.connectionEvents();
    await client.subscribe("a");
    await a.stop();
    await events.next();
    expect((await events.next()).value).toMatchObject({ state: "connected", sessionPresent: false });
    expect(client.broker).toBe(b.url);
    const first = await b.accept();
    const { cleanStart, clientId } = await first.receive("CONNECT");
    expect({ cleanStart, clientId }).toEqual({ cleanStart: true, clientId: "me" });
    await first.receive("SUBSCRIBE");
    first.reset();
    await events.next();
    expect((await events.next()).value).toMatchObject({ state: "connected" });
    const second = await b.accept();
    expect((await second.receive("CONNECT")).cleanStart).toBe(false);
  });

  test("with sharedSessions the session is resumed elsewhere, and subscriptions are renewed there", async () => {
    const a = await ScriptedBroker.serving();
    await using b = await ScriptedBroker.serving({
      CONNECT: ({ cleanStart }, session) =>
        session.send(session.packets.connack({ sessionPresent: !cleanStart })),
    });
    await using client = await Client.connect([a.url, b.url], { ...LASTING, sharedSessions: true });
    const events = client.connectionEvents();
    await client.subscribe(["a", ["b", { retainHandling: 2 }]]);
    await a.stop();
    await events.next();
    expect((await events.next()).value).toMatchObject({ state: "connected", sessionPresent: true });
    const session = await b.accept();
    expect((await session.receive("CONNECT")).cleanStart).toBe(false);
    expect((await session.receive("SUBSCRIBE")).subscriptions).toMatchObject([
      { filter: "a", retainHandling: 1 },
      { filter: "b", retainHandling: 2 },
    ]);
  });

  test("a publish of QoS 1 under way is sent anew to another broker", async () => {
    const a = await ScriptedBroker.serving({ PUBLISH: () => {} });
    await using b = await ScriptedBroker.serving();
    await using client = await Client.connect([a.url, b.url], LASTING);
    const once = client.publish("once", "", { qos: 1 });
    const exactly = errorOf(client.publish("exactly", "", { qos: 2 }));
    await a.sessions[0]?.waitFor("PUBLISH");
    await a.stop();
    await once;
    expect(await exactly).toMatchObject({ code: "SESSION_LOST", sent: true });
    const session = await b.accept();
    expect(await session.waitFor("PUBLISH")).toMatchObject({ topic: "once", dup: false });
  });

  test("a failed attempt elsewhere does not cost the session", async () => {
    let isDown = false;
    await using a = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => {
        if (isDown) session.reset();
        else session.send(session.packets.connack({ sessionPresent: a.sessions.length > 1 }));
      },
      PUBLISH: () => {},
    });
    await using b = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => {
        isDown = false;
        session.reset();
      },
    });
    await using client = await Client.connect([a.url, b.url], LASTING);
    const published = client.publish("t", "", { qos: 2 });
    await a.sessions[0]?.waitFor("PUBLISH");
    isDown = true;
    a.sessions[0]?.reset();
    await client.connectionEvents().next();
    while (a.sessions.length < 3) await client.ready();
    const last = a.sessions.at(-1)!;
    const { packetId, dup } = await last.waitFor("PUBLISH");
    expect(dup).toBe(true);
    await last.send(last.packets.pubrec(packetId));
    await last.waitFor("PUBREL");
    await published;
  });

  test("have passwords of their own", async () => {
    await using a = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(session.packets.connack({ reasonCode: 0x86 })),
    });
    await using b = await ScriptedBroker.serving();
    const withUser = (url: string, user: string) => url.replace("://", `://${user}:secret@`);
    await using _client = await Client.connect([withUser(a.url, "one"), withUser(b.url, "two")], LASTING);
    expect((await (await b.accept()).receive("CONNECT")).username).toBe("two");
  });
});

describe("a Server Reference", () => {
  test.each([true, false])("in CONNACK is followed, with reconnect: %s", async (reconnects) => {
    await using b = await ScriptedBroker.serving();
    await using a = await referring(() => `127.0.0.1:${b.port} other.example`);
    await using client = await Client.connect(a.url, {
      ...V5,
      reconnect: reconnects && QUICK,
      followServerReference: true,
    });
    expect(client.broker).toBe(b.url);
  });

  test("is ignored by default", async () => {
    await using a = await referring(() => "127.0.0.1:1");
    expect(await errorOf(Client.connect(a.url, V5))).toMatchObject({ reasonCode: { value: 0x9c } });
  });

  test("in DISCONNECT is followed at once; 0x9C until the next loss", async () => {
    await using a = await ScriptedBroker.serving();
    await using b = await ScriptedBroker.serving();
    await using client = await Client.connect(a.url, {
      ...V5,
      reconnect: { minDelay: 0.3, maxDelay: 0.3 },
      followServerReference: true,
    });
    const events = client.connectionEvents();
    const first = a.sessions[0]!;
    await first.send(
      first.packets.disconnect({ reasonCode: 0x9c, properties: { serverReference: `127.0.0.1:${b.port}` } }),
    );
    expect((await events.next()).value).toMatchObject({ state: "reconnecting", delay: 0 });
    expect((await events.next()).value).toMatchObject({ state: "connected" });
    expect(client.broker).toBe(b.url);
    b.sessions[0]?.reset();
    await events.next();
    await events.next();
    expect(client.broker).toBe(a.url);
  });

  test("with 0x9D takes the place of the address", async () => {
    await using b = await ScriptedBroker.serving();
    await using a = await referring(() => `127.0.0.1:${b.port}`, 0x9d);
    await using client = await Client.connect(a.url, { ...LASTING, followServerReference: true });
    const events = client.connectionEvents();
    b.sessions[0]?.reset();
    await events.next();
    expect((await events.next()).value).toMatchObject({ state: "connected" });
    expect(client.broker).toBe(b.url);
    expect(a.sessions).toHaveLength(1);
  });

  test("is not followed for ever", async () => {
    const ports: number[] = [];
    await using a = await referring(() => `127.0.0.1:${ports[1]}`);
    await using b = await referring(() => `127.0.0.1:${ports[0]}`);
    ports.push(a.port, b.port);
    expect(await errorOf(Client.connect(a.url, { ...V5, followServerReference: true }))).toMatchObject({
      reasonCode: { value: 0x9c },
    });
    expect(a.sessions.length + b.sessions.length).toBe(9);
  });
});
