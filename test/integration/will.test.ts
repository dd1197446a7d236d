import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Client,
  type ClientOptions,
  type ConnectProperties,
  ProtocolVersion,
  Will,
  type WillProperties,
} from "../../lib/index.ts";
import type { Broker } from "../../scripts/broker.mjs";
import { takeOne, told } from "../support/messages.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { decodeProperties } from "../support/properties.ts";
import { combinations, protocols } from "../support/protocols.ts";
import { Relay } from "../support/relay.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

describe("wills with mosquitto", () => {
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
    "MQTT $name, QoS $qos: a lost connection publishes the will",
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

  test.each(protocols)("MQTT $name: a disconnect publishes no will", async ({ protocol }) => {
    const topic = `no-will/${protocol}`;
    await using listener = await subscriber(topic);
    const client = await Client.connect(broker.url, { protocol, will: { topic, payload: "lost" } });
    await client.disconnect();
    await listener.publish(topic, "nothing came before this");
    expect((await takeOne(listener)).text()).toBe("nothing came before this");
  });

  test("MQTT 5: a disconnect with reason code 0x04 publishes the will", async () => {
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

async function publishedWill(options: ClientOptions) {
  await using broker = await ScriptedBroker.serving();
  await using _client = await Client.connect(broker.url, options);
  const session = await broker.accept();
  return (await session.receive("CONNECT")).will;
}

test("CONNECT has the will's properties", async () => {
  const will = await publishedWill({
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

test("changed properties of a will or CONNECT do not affect what is sent", async () => {
  await using broker = await ScriptedBroker.serving();
  const userProperties: [string, string][] = [["a", "1"]];
  const correlationData = Buffer.from("data");
  const willProperties: WillProperties = { willDelayInterval: 1, correlationData, userProperties };
  const connectProperties: ConnectProperties = { receiveMaximum: 5, userProperties };
  const client = new Client(broker.url, {
    protocol: ProtocolVersion.V5,
    will: new Will({ topic: "w", properties: willProperties }),
    properties: connectProperties,
  });
  willProperties.willDelayInterval = -1;
  connectProperties.receiveMaximum = 0;
  correlationData.fill(0);
  userProperties[0]?.fill("\0");
  userProperties.push(["b", "2"]);
  await client.connect();
  await client.disconnect();
  const { will, properties } = await (await broker.accept()).receive("CONNECT");
  const kept = { userProperties: [["a", "1"]] };
  expect(decodeProperties(properties)).toEqual({ receiveMaximum: 5, ...kept });
  expect(decodeProperties(will!.properties)).toEqual({
    willDelayInterval: 1,
    correlationData: Buffer.from("data"),
    ...kept,
  });
});

test("the properties of a Will are immutable", () => {
  const { properties } = new Will({ topic: "w", properties: { userProperties: [["a", "1"]] } });
  expect(() => Object.assign(properties!, { willDelayInterval: 1 })).toThrow(TypeError);
  expect(() => Object.assign(properties!.userProperties![0]!, ["b"])).toThrow(TypeError);
});

test("the largest payload of a will is sent", async () => {
  const payload = Buffer.alloc(65_535, "w");
  expect((await publishedWill({ will: { topic: "w", payload } }))?.payload).toEqual(payload);
});
