import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, type ClientOptions, ProtocolVersion, Will } from "../../lib/index.ts";
import type { Broker } from "../../scripts/broker.mjs";
import { takeOne, told } from "../support/messages.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { decodeProperties } from "../support/properties.ts";
import { combinations, protocols } from "../support/protocols.ts";
import { Relay } from "../support/relay.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

describe("with mosquitto", () => {
  let broker: Broker;
  beforeAll(async () => {
    broker = await startMosquitto();
  });
  afterAll(() => broker.stop());

  const subscriber = async (topic: string) => {
    const client = await Client.connect(broker.url);
    await client.subscribe(topic, { qos: 2 });
    return client;
  };

  test.each(combinations)(
    "MQTT $name, QoS $qos: a client that is lost leaves its will",
    async ({ protocol, qos }) => {
      const topic = `will/${protocol}/${qos}`;
      await using listener = await subscriber(topic);
      await using relay = await Relay.to(broker);
      const will = new Will({ topic, payload: "lost", qos });
      await using client = await Client.connect(relay.url, { protocol, will });
      relay.cut();
      expect(told(await takeOne(listener))).toEqual({ topic, text: "lost", qos, retain: false });
      await client.closed;
    },
  );

  test.each(protocols)("MQTT $name: a client that disconnects leaves none", async ({ protocol }) => {
    const topic = `no-will/${protocol}`;
    await using listener = await subscriber(topic);
    const client = await Client.connect(broker.url, { protocol, will: { topic, payload: "lost" } });
    await client.disconnect();
    await listener.publish(topic, "nothing came before this");
    expect((await takeOne(listener)).text()).toBe("nothing came before this");
  });

  test("MQTT 5: disconnecting with reason code 0x04 leaves it", async () => {
    await using listener = await subscriber("asked-for");
    const client = await Client.connect(broker.url, {
      protocol: ProtocolVersion.V5,
      will: { topic: "asked-for", payload: "as asked" },
    });
    await client.disconnect({ reasonCode: 0x04 });
    expect((await takeOne(listener)).text()).toBe("as asked");
  });

  test("a retained will is kept for later subscribers", async () => {
    await using relay = await Relay.to(broker);
    const will = { topic: "kept", payload: Buffer.from([0, 255]), retain: true };
    await using client = await Client.connect(relay.url, { will });
    relay.cut();
    await client.closed;
    await using listener = await subscriber("kept");
    const message = await takeOne(listener);
    expect([message.payload, message.topic.value]).toEqual([will.payload, "kept"]);
  });
});

async function willOf(options: ClientOptions) {
  await using broker = await ScriptedBroker.serving();
  await using _client = await Client.connect(broker.url, options);
  const session = await broker.accept();
  return (await session.receive("CONNECT")).will;
}

test("CONNECT has the will's properties", async () => {
  const will = await willOf({
    protocol: ProtocolVersion.V5,
    will: {
      topic: "w",
      qos: 1,
      retain: true,
      properties: { willDelayInterval: 7, contentType: "text/plain" },
    },
  });
  expect(will).toMatchObject({ topic: "w", payload: Buffer.alloc(0), qos: 1, retain: true });
  expect(decodeProperties(will!.properties)).toEqual({ willDelayInterval: 7, contentType: "text/plain" });
});

test("the largest payload of a will fits", async () => {
  const payload = Buffer.alloc(65_535, "w");
  expect((await willOf({ will: { topic: "w", payload } }))?.payload).toEqual(payload);
});
