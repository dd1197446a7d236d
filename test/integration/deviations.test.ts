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
