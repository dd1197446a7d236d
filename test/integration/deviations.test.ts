// Faults of brokers that are tolerated, because that loses no message; and their neighbours, which are not.

import { describe, expect, test } from "vitest";
import { MqttCodeError, ProtocolVersion } from "../../lib/index.ts";
import type { PacketOf } from "../support/client-packets.ts";
import { connected } from "../support/connected.ts";
import { protocols } from "../support/protocols.ts";
import { RecordingLogger } from "../support/recording-logger.ts";
import type { ScriptedSession } from "../support/scripted-session.ts";

/** As RabbitMQ 3 does: QoS 2 becomes QoS 1. */
const lowering = {
  PUBLISH: ({ packetId, qos }: PacketOf<"PUBLISH">, session: ScriptedSession) => {
    if (qos > 0) session.send(session.packets.puback(packetId));
  },
};

const tolerated = (logger: RecordingLogger) => logger.warnings.filter((line) => line.includes("tolerated"));

describe.each(protocols)("MQTT $name", ({ protocol }) => {
  test("a PUBACK ends a publish of QoS 2, and is logged once in the life of a client", async () => {
    const logger = new RecordingLogger();
    await using all = await connected(lowering, { protocol, logger });
    for (let connections = 0; connections < 2; connections++) {
      const calls = Array.from({ length: 50 }, (_, index) =>
        all.client.publish("t", "p", { qos: index % 2 === 0 ? 2 : 1 }),
      );
      for (const { mid, reasonCode } of await Promise.all(calls)) {
        expect(mid).toBeGreaterThan(0);
        expect(reasonCode.value).toBe(0);
      }
      expect(all.client.statistics).toMatchObject({ inflight: 0, pendingCalls: 0 });
      await all.client.disconnect();
      await all.client.connect();
    }
    const identifier = all.client.identifier && ` as ${all.client.identifier}`;
    expect(tolerated(logger)).toEqual([
      "The broker breaks the protocol, which is tolerated: it answers a message of QoS 2 with PUBACK, as one of QoS 1 " +
        `(127.0.0.1:${all.broker.port}${identifier})`,
    ]);
  });

  test("each client logs it for itself", async () => {
    const logger = new RecordingLogger();
    for (let clients = 0; clients < 2; clients++) {
      await using all = await connected(lowering, { protocol, logger });
      await all.client.publish("t", "p", { qos: 2 });
    }
    expect(tolerated(logger)).toHaveLength(2);
  });

  test("a PUBACK after the PUBREC ends the connection", async () => {
    const logger = new RecordingLogger();
    await using all = await connected(
      {
        PUBLISH: ({ packetId }, session) =>
          session.send(session.packets.pubrec(packetId), session.packets.puback(packetId)),
        PUBREL: () => {},
      },
      { protocol, logger },
    );
    await expect(all.client.publish("t", "p", { qos: 2 })).rejects.toMatchObject({ code: "PROTOCOL_ERROR" });
    expect(all.client.connected).toBe(false);
    expect(tolerated(logger)).toEqual([]);
  });
});

test("MQTT 5: the PUBACK's reason code counts", async () => {
  let reasonCode = 0x10;
  await using all = await connected(
    { PUBLISH: ({ packetId }, session) => session.send(session.packets.puback(packetId, { reasonCode })) },
    { protocol: ProtocolVersion.V5 },
  );
  expect((await all.client.publish("t", "p", { qos: 2 })).reasonCode.value).toBe(0x10);
  reasonCode = 0x97;
  const error = await all.client.publish("t", "p", { qos: 2 }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(MqttCodeError);
  expect(error).toMatchObject({ code: "REFUSED", reasonCode: { value: 0x97 } });
  expect(all.client.connected).toBe(true);
});

test.each([1, 2] as const)("MQTT 5, QoS %i: reason code 0x95 rejects, and is logged once", async (qos) => {
  const logger = new RecordingLogger();
  const refusal = { reasonCode: 0x95 };
  await using all = await connected(
    {
      PUBLISH: ({ packetId }, session) => {
        const { packets } = session;
        session.send(qos === 1 ? packets.puback(packetId, refusal) : packets.pubrec(packetId, refusal));
      },
    },
    { protocol: ProtocolVersion.V5, logger },
  );
  for (let calls = 0; calls < 2; calls++) {
    const refused = all.client.publish("t", "p", { qos });
    await expect(refused).rejects.toMatchObject({ code: "REFUSED", reasonCode: { value: 0x95 } });
  }
  expect(tolerated(logger)).toEqual([expect.stringContaining("reason code 0x95")]);
});

test("MQTT 3.1.1: a SUBACK with a reason code of MQTT 5 rejects, and is logged once", async () => {
  const logger = new RecordingLogger();
  let granted = 0x80;
  await using all = await connected(
    { SUBSCRIBE: ({ packetId }, session) => session.send(session.packets.suback(packetId, [0, granted])) },
    { logger },
  );
  for (granted of [0x80, 0x87, 0x8f]) {
    const refused = all.client.subscribe(["a", "b"]);
    await expect(refused).rejects.toMatchObject({ code: "REFUSED", reasonCode: { value: granted } });
    expect(tolerated(logger)).toHaveLength(granted === 0x80 ? 0 : 1);
  }
  expect(tolerated(logger)).toEqual([expect.stringContaining("a reason code of MQTT 5")]);
});

test("a publish of QoS 2 that a PUBACK has ended is not repeated in a resumed session", async () => {
  let connections = 0;
  await using all = await connected(
    {
      ...lowering,
      CONNECT: (_packet, session) =>
        session.send(session.packets.connack({ sessionPresent: connections++ > 0 })),
    },
    { identifier: "sensor", cleanSession: false },
  );
  await all.client.publish("t", "p", { qos: 2 });
  all.session.reset();
  await all.client.closed;
  await all.client.connect();
  await all.client.publish("t", "later", { qos: 2 });
  const { received } = await all.broker.accept();
  expect(received.flatMap((packet) => (packet.type === "PUBLISH" ? `${packet.payload}` : []))).toEqual([
    "later",
  ]);
});
