import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, type ClientOptions, MqttError, ProtocolVersion } from "../../lib/index.ts";
import type { Broker } from "../../scripts/broker.mjs";
import { startMosquitto } from "../support/mosquitto.ts";
import { Relay } from "../support/relay.ts";

// Connections are cut repeatedly amid traffic, and their sessions resumed. The tests check which messages arrive, and
// how often.

const COUNT = 3_000;
const V5 = ProtocolVersion.V5;

let broker: Broker;
beforeAll(async () => {
  broker = await startMosquitto({ config: ["max_queued_messages 0", "max_inflight_messages 100"] });
});
afterAll(() => broker.stop());

const persistent = (protocol: ProtocolVersion, identifier: string): ClientOptions =>
  protocol === V5
    ? { protocol, identifier, cleanStart: false, properties: { sessionExpiryInterval: 600 } }
    : { protocol, identifier, cleanSession: false };

const cases = [ProtocolVersion.V311, V5].flatMap((protocol) =>
  ([1, 2] as const).map((qos) => ({ version: protocol === V5 ? "5" : "3.1.1", protocol, qos })),
);

/** Returns the numbers before "end", through lost connections. */
async function receiveAll(client: Client, onMessage: (count: number) => void): Promise<number[]> {
  const received: number[] = [];
  for (;;) {
    try {
      for await (const message of client.messages) {
        if (message.text() === "end") return received;
        received.push(Number(message.text()));
        onMessage(received.length);
      }
      return received;
    } catch (error) {
      if (!(error instanceof MqttError)) throw error;
      await client.connect();
    }
  }
}

const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

test.each(cases)(
  "MQTT $version, QoS $qos: a receiver that is cut off misses no message",
  async ({ protocol, qos }) => {
    const topic = `received/${protocol}/${qos}`;
    await using relay = await Relay.to(broker);
    await using receiver = await Client.connect(relay.url, persistent(protocol, topic));
    await receiver.subscribe(topic, { qos });
    await using sender = await Client.connect(broker.url);
    const sent = (async () => {
      let next = 0;
      const work = async () => {
        while (next < COUNT) await sender.publish(topic, next++, { qos });
      };
      await Promise.all(Array.from({ length: 20 }, work));
      await sender.publish(topic, "end", { qos });
    })();
    const received = await receiveAll(receiver, (count) => {
      if (count % 211 === 0) relay.cut();
    });
    await sent;
    const expected = Array.from({ length: COUNT }, (_, index) => index);
    if (qos === 2) expect(received).toEqual(expected);
    else expect(ascending([...new Set(received)])).toEqual(expected);
  },
  60_000,
);

test.each(cases)(
  "MQTT $version, QoS $qos: acknowledged messages of a sender that is cut off arrive",
  async ({ protocol, qos }) => {
    const topic = `sent/${protocol}/${qos}`;
    await using receiver = await Client.connect(broker.url);
    await receiver.subscribe(topic, { qos });
    await using relay = await Relay.to(broker);
    await using sender = await Client.connect(relay.url, persistent(protocol, topic));
    const received = receiveAll(receiver, (count) => {
      if (count % 97 === 0) relay.cut();
    });

    const acknowledged: number[] = [];
    for (let begin = 0; begin < COUNT; begin += 50) {
      const batch = Array.from({ length: 50 }, (_, index) => begin + index);
      await Promise.all(
        batch.map(async (number) => {
          try {
            await sender.publish(topic, number, { qos });
            acknowledged.push(number);
          } catch (error) {
            expect(error).toMatchObject({ code: expect.stringMatching(/^(CONNECTION_LOST|NOT_CONNECTED)$/) });
          }
        }),
      );
      if (!sender.connected) await sender.connect();
    }
    // The last message bypasses the relay and is sent after all others.
    await sender.disconnect();
    await using closer = await Client.connect(broker.url, persistent(protocol, topic));
    await closer.publish(topic, "end", { qos: 2 });

    const arrived = await received;
    expect(new Set(arrived)).toEqual(new Set([...arrived, ...acknowledged]));
    if (qos === 2) expect(arrived).toHaveLength(new Set(arrived).size);
    expect(acknowledged.length).toBeGreaterThan(COUNT / 2);
  },
  60_000,
);
