import { describe, expect, test } from "vitest";
import { Client, type ClientOptions, ProtocolVersion } from "../../../lib/index.ts";
import { u8 } from "../../support/bytes.ts";
import { connected } from "../../support/connected.ts";
import { takeOne } from "../../support/messages.ts";
import { packet, v5 } from "../../support/packets.ts";
import type { Answers } from "../../support/scripted-answers.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

const V5 = { protocol: ProtocolVersion.V5 } as const;
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const userProperties = [["k", "v"]] as const;
const diagnostics = { reasonString: "because", userProperties };

describe("a broker that violates the limits of the client", () => {
  const expectTold = async (options: ClientOptions, bytes: Buffer, reasonCode: number) => {
    await using all = await connected({}, { ...V5, ...options });
    await all.session.send(bytes);
    expect((await all.session.waitFor("DISCONNECT")).reasonCode).toBe(reasonCode);
    expect(await all.client.closed).toMatchObject({
      code: "PROTOCOL_ERROR",
      reasonCode: { value: reasonCode },
    });
  };
  const silentProblems = { properties: { requestProblemInformation: false } };

  test.each<[what: string, bytes: Buffer]>([
    ["a reason string in PUBACK", v5.puback(1, { properties: { reasonString: "r" } })],
    ["a user property in SUBACK", v5.suback(1, [0], { userProperties })],
    ["a user property in PUBREL", v5.pubrel(1, { properties: { userProperties } })],
  ])("%s is a protocol error (0x82) when problem information was declined", async (_what, bytes) => {
    await expectTold(silentProblems, bytes, 0x82);
  });

  test("diagnostics in PUBLISH and DISCONNECT are accepted when problem information was declined", async () => {
    await using all = await connected({}, { ...V5, ...silentProblems });
    await all.session.send(v5.publish({ topic: "t", properties: { userProperties } }));
    expect((await takeOne(all.client)).properties).toEqual({ userProperties });
    await all.session.send(v5.disconnect({ reasonCode: 0x8b, properties: diagnostics }));
    expect(await all.client.closed).toMatchObject({ properties: diagnostics });
  });

  test.each<[call: "subscribe" | "unsubscribe", codes: number[]]>([
    ["subscribe", [0]],
    ["subscribe", [0, 0, 0]],
    ["unsubscribe", [0]],
    ["unsubscribe", [0, 0, 0]],
  ])("an answer to %s of two filters with %j is a protocol error", async (call, codes) => {
    await using all = await connected(
      {
        SUBSCRIBE: ({ packetId }, session) => session.send(v5.suback(packetId, codes)),
        UNSUBSCRIBE: ({ packetId }, session) => session.send(v5.unsuback(packetId, codes)),
      },
      V5,
    );
    await expect(all.client[call](["a", "b"])).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
    expect((await all.session.waitFor("DISCONNECT")).reasonCode).toBe(0x82);
    expect(await all.client.closed).toMatchObject({ code: "PROTOCOL_ERROR" });
  });

  test("a CONNACK with an old session is a protocol error (0x82) after a clean start", async () => {
    await using broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(v5.connack({ sessionPresent: true })),
    });
    const attempt = Client.connect(broker.url, { ...V5, cleanStart: true });
    await expect(attempt).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
    expect((await (await broker.accept()).waitFor("DISCONNECT")).reasonCode).toBe(0x82);
  });

  test("a CONNACK with an authentication method is a protocol error without authentication", async () => {
    await using broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(v5.connack({ properties: { authenticationMethod: "m" } })),
    });
    await expect(Client.connect(broker.url, V5)).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
  });

  test("a message beyond the receive maximum ends the connection (0x93), and those before it are delivered", async () => {
    await using all = await connected({}, { ...V5, properties: { receiveMaximum: 2 } });
    const publish = (packetId: number) =>
      v5.publish({ topic: "t", qos: 2, packetId, payload: `${packetId}` });
    all.session.serve({ PUBREC: () => {} }); // the messages stay in flight
    await all.session.send(publish(1), publish(2));
    expect([(await takeOne(all.client)).text(), (await takeOne(all.client)).text()]).toEqual(["1", "2"]);
    await all.session.send(v5.pubrel(1), publish(3));
    expect((await takeOne(all.client)).text()).toBe("3");
    await all.session.send(publish(4));
    expect((await all.session.waitFor("DISCONNECT")).reasonCode).toBe(0x93);
    expect(all.client.messages.length).toBe(0);
  });

  test("a string that is not UTF-8 in a CONNACK fails the attempt", async () => {
    await using broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => session.send(packet(0x20, u8(0), u8(0), u8(5), hex("1f 0002 c328"))),
    });
    await expect(Client.connect(broker.url, V5)).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
  });
});

describe("a broker's receive maximum of 1", () => {
  const allowingOne: Answers = {
    CONNECT: ({ cleanStart }, session) =>
      session.send(v5.connack({ sessionPresent: !cleanStart, properties: { receiveMaximum: 1 } })),
  };
  const options: ClientOptions = { ...V5, identifier: "i", properties: { sessionExpiryInterval: 60 } };

  test("a receive maximum of 1 limits messages of QoS 1 and 2, and neither QoS 0 nor subscribing", async () => {
    let underWay = 0;
    const finish = (session: { send(bytes: Buffer): unknown }, bytes: Buffer) => {
      underWay--;
      return session.send(bytes);
    };
    await using all = await connected(
      {
        ...allowingOne,
        PUBLISH: async ({ qos, packetId }, session) => {
          if (qos === 0) return;
          expect(++underWay).toBe(1);
          if (qos === 1) finish(session, v5.puback(packetId));
          else session.send(v5.pubrec(packetId));
        },
        PUBREL: ({ packetId }, session) => void finish(session, v5.pubcomp(packetId)),
      },
      options,
    );
    const calls = Array.from({ length: 60 }, (_, i) =>
      all.client.publish("t", `${i}`, { qos: (i % 3) as 0 | 1 | 2 }),
    );
    await Promise.all([...calls, all.client.subscribe("s")]);
    expect(all.session.protocolError).toBeUndefined();
  });

  test("a resumed session with a receive maximum of 1 resends its message before it sends the next", async () => {
    await using broker = await ScriptedBroker.serving({ ...allowingOne, PUBLISH: () => {} });
    await using client = await Client.connect(broker.url, options);
    const first = await broker.accept();
    const lost = client.publish("t", "first", { qos: 1 }).catch(() => {});
    await first.waitFor("PUBLISH");
    first.reset();
    await lost;
    await client.closed;

    await client.connect();
    const second = await broker.accept();
    const next = client.publish("t", "second", { qos: 1 });
    const repeated = await second.waitFor("PUBLISH");
    expect(repeated).toMatchObject({ dup: true, payload: Buffer.from("first") });
    await expect(second.waitFor("PUBLISH", { within: 100 })).rejects.toThrow("in time");
    await second.send(v5.puback(repeated.packetId));
    const sent = await second.waitFor("PUBLISH");
    expect(sent).toMatchObject({ dup: false, payload: Buffer.from("second") });
    await second.send(v5.puback(sent.packetId));
    await next;
  });
});
