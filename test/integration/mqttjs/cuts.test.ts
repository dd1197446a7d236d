// Clients with the interface of MQTT.js whose connections are cut again and again.

import { once } from "node:events";
import { expect, test } from "vitest";
import { connect, type MqttClient } from "../../../lib/mqttjs/index.ts";
import { eventually } from "../../support/eventually.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { Relay } from "../../support/relay.ts";

const CUTS = 12;
const BETWEEN_CUTS = 400;

/** A client whose session outlives its connections. */
async function start(url: string, clientId: string, protocolVersion: 4 | 5): Promise<MqttClient> {
  const client = connect(url, {
    clientId,
    protocolVersion,
    clean: false,
    reconnectPeriod: 20,
    ...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 600 } }),
  });
  await new Promise((resolve) => client.once("connect", resolve));
  return client;
}

test.each([4, 5] as const)(
  "with MQTT.js's interface no acknowledged publish is lost, and none of QoS 2 is doubled, in %i",
  async (protocolVersion) => {
    await using broker = await startMosquitto({
      config: ["max_queued_messages 0", "max_inflight_messages 0"],
    });
    await using relay = await Relay.to(broker);
    const subscriber = await start(relay.url, "subscriber", protocolVersion);
    const publisher = await start(relay.url, "publisher", protocolVersion);
    const received: string[] = [];
    subscriber.on("message", (_topic, payload) => received.push(payload.toString()));
    await subscriber.subscribeAsync("cuts", { qos: 2 });

    const acknowledged: string[] = [];
    const failures: Error[] = [];
    let inFlight = 0;
    let published = 0;
    let cuts = 0;
    const publishOne = (resolve: () => void) => {
      if (cuts >= CUTS) {
        if (inFlight === 0) resolve();
        return;
      }
      const number = published++;
      const qos = number % 2 === 0 ? 1 : 2;
      const text = `${qos}: ${number}`;
      inFlight++;
      publisher.publish("cuts", text, { qos }, (error) => {
        inFlight--;
        if (error) failures.push(error);
        else acknowledged.push(text);
        if (acknowledged.length % BETWEEN_CUTS === 0) {
          relay.cut();
          cuts++;
        }
        setImmediate(publishOne, resolve);
      });
    };
    await new Promise<void>((resolve) => {
      for (let i = 0; i < 50; i++) publishOne(resolve);
    });

    expect(failures).toEqual([]);
    await eventually(() => {
      const seen = new Set(received);
      expect(acknowledged.filter((text) => !seen.has(text))).toEqual([]);
    });
    const exactlyOnce = received.filter((text) => text.startsWith("2"));
    expect(exactlyOnce.length).toBe(new Set(exactlyOnce).size);
    for (const client of [subscriber, publisher]) {
      const ended = once(client, "end");
      client.end();
      await ended;
    }
  },
);
