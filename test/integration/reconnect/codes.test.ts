import { describe, expect, test } from "vitest";
import { Client, MqttConnectError, ProtocolVersion } from "../../../lib/index.ts";
import { PeerLeft } from "../../support/peer.ts";
import { errorOf, QUICK, reconnecting } from "../../support/reconnecting.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { UpgradeAnswer } from "../../support/websocket/stream.ts";
import { yesTo } from "../../support/websocket/upgrade.ts";

// The reason codes of the broker, each before and after the first connection.

const V5 = { protocol: ProtocolVersion.V5 };
/** The reason codes of CONNACK (MQTT 5, section 3.2.2.2) that are failures. */
const CONNACKS = [
  ...[0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99],
  ...[0x9a, 0x9b, 0x9c, 0x9d, 0x9f],
];
const PERMANENT = [0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x90, 0x95, 0x99, 0x9a, 0x9b];
const PERMANENT_LATER = [0x84, 0x85, 0x8c, 0x95, 0x99, 0x9a, 0x9b];
/** The reason codes of a broker's DISCONNECT (MQTT 5, section 3.14.2.1). */
const DISCONNECTS = [
  ...[0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96],
  ...[0x97, 0x98, 0x99, 0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2],
];
const PERMANENT_DISCONNECTS = [0x8e, 0x8f, 0x9e, 0xa1, 0xa2];
const LASTING_DISCONNECTS = [0x81, 0x82, 0x87, 0x90, 0x95, 0x98, 0x99, 0x9a, 0x9b];

/** A broker that answers CONNECTs with these codes in turn, and then accepts. */
const refusing = (...codes: number[]) =>
  ScriptedBroker.serving({
    CONNECT: (_packet, session) => session.send(session.packets.connack({ reasonCode: codes.shift() ?? 0 })),
  });

describe("CONNACK before the first connection", () => {
  test.each(CONNACKS)("with %i", async (reasonCode) => {
    await using broker = await refusing(reasonCode);
    const client = new Client(broker.url, { ...V5, reconnect: QUICK });
    const error = await errorOf(client.connect());
    if (PERMANENT.includes(reasonCode)) {
      expect(error).toBeInstanceOf(MqttConnectError);
      expect(error).toMatchObject({ reasonCode: { value: reasonCode } });
      expect(await client.closed).toMatchObject({ reasonCode: { value: reasonCode } });
    } else {
      expect(error).toBeUndefined();
      expect(broker.sessions).toHaveLength(2);
    }
    await client.disconnect();
  });

  test.each([
    [1, false],
    [2, false],
    [3, true],
    [4, false],
    [5, false],
    [9, true],
  ])("with the return code %i of MQTT 3.1.1", async (returnCode, isTransient) => {
    await using broker = await refusing(returnCode);
    const client = new Client(broker.url, { reconnect: QUICK });
    const error = await errorOf(client.connect());
    if (isTransient) expect(error).toBeUndefined();
    else expect(error).toBeInstanceOf(MqttConnectError);
    await client.disconnect();
  });
});

describe("CONNACK after the first connection", () => {
  test.each(CONNACKS)("with %i", async (reasonCode) => {
    await using parts = await reconnecting({ reconnect: { minDelay: 0, maxDelay: 30 } });
    const { client, session, broker, event } = parts;
    session.reset();
    await event();
    const second = await broker.accept();
    await second.receive("CONNECT");
    await second.send(second.packets.connack({ reasonCode }));
    const { state, ...more } = await event();
    if (PERMANENT_LATER.includes(reasonCode)) {
      expect({ state, ...more }).toMatchObject({
        state: "disconnected",
        error: { reasonCode: { value: reasonCode } },
      });
      expect(client.state).toBe("disconnected");
    } else {
      expect(state).toBe("reconnecting");
      const { delay } = more as { delay: number };
      if (PERMANENT.includes(reasonCode)) expect(delay).toBeGreaterThanOrEqual(15);
      else expect(delay).toBe(0);
    }
  });
});

describe("DISCONNECT of the broker", () => {
  test.each(DISCONNECTS)("with %i", async (reasonCode) => {
    await using parts = await reconnecting({ reconnect: { minDelay: 0, maxDelay: 30 } });
    const { client, session, event } = parts;
    const waiting = errorOf(client.publish("t", "", { qos: 1 }));
    await session.receive("PUBLISH");
    await session.send(session.packets.disconnect({ reasonCode }));
    session.end();
    const { state, ...more } = await event();
    if (PERMANENT_DISCONNECTS.includes(reasonCode)) {
      expect({ state, ...more }).toMatchObject({
        state: "disconnected",
        error: { reasonCode: { value: reasonCode } },
      });
      expect(await waiting).toMatchObject({ code: "CONNECTION_LOST", reasonCode: { value: reasonCode } });
      await expect(client.messages.next()).rejects.toMatchObject({
        cause: { reasonCode: { value: reasonCode } },
      });
      expect(await errorOf(client.ready())).toMatchObject({ reasonCode: { value: reasonCode } });
      expect(await errorOf(client.publish("t"))).toMatchObject({ code: "NOT_CONNECTED" });
    } else {
      expect(state).toBe("reconnecting");
      const { delay } = more as { delay: number };
      if (LASTING_DISCONNECTS.includes(reasonCode)) expect(delay).toBeGreaterThanOrEqual(15);
      else expect(delay).toBe(0);
    }
  });

  test("before the first connection, in place of CONNACK", async () => {
    let isFirst = true;
    await using broker = await ScriptedBroker.serving({
      CONNECT: (_packet, session) => {
        const { packets } = session;
        session.send(isFirst ? packets.disconnect({ reasonCode: 0x89 }) : packets.connack());
        if (isFirst) session.end();
        isFirst = false;
      },
    });
    await using client = await Client.connect(broker.url, { ...V5, reconnect: QUICK });
    expect(client.connected).toBe(true);
  });
});

describe("a WebSocket upgrade", () => {
  test.each<[status: number, isPermanent: boolean]>([
    [400, true],
    [401, true],
    [403, true],
    [404, true],
    [408, false],
    [429, false],
    [500, false],
    [503, false],
  ])("refused with %i", async (status, isPermanent) => {
    let isFirst = true;
    const webSocket: UpgradeAnswer = async (request, peer) => {
      if (!isFirst) return peer.send(yesTo(request));
      isFirst = false;
      await peer.send(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
      throw new PeerLeft();
    };
    await using broker = await ScriptedBroker.serving({}, { webSocket });
    const client = new Client(broker.url, { reconnect: QUICK });
    const error = await errorOf(client.connect());
    if (isPermanent) expect(error).toMatchObject({ code: "WEBSOCKET_REFUSED" });
    else expect(error).toBeUndefined();
    await client.disconnect();
  });
});
