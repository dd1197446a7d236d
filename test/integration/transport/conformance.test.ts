import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../../lib/index.ts";
import { take, takeOne, told } from "../../support/messages.ts";
import { levels } from "../../support/protocols.ts";
import { type Network, startNetwork } from "../../support/transport/network.ts";
import { relayed, straight, transports } from "../../support/transport/transports.ts";

// A client behaves in the same way over every transport.

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network[Symbol.asyncDispose]());

/** Sizes around the lengths at which WebSocket, TLS and MQTT change their encoding or split. */
const sizes = [0, 1, 125, 126, 127, 16_383, 16_384, 16_385, 65_535, 65_536, 1_000_000];

const payloads = new Map(sizes.map((size) => [size, Buffer.alloc(size, "every target is a broker. ")]));

const versions = [
  { version: "3.1.1", protocol: ProtocolVersion.V311 },
  { version: "5", protocol: ProtocolVersion.V5 },
] as const;

const table = Object.keys(transports).flatMap((target) =>
  versions.map(({ version, protocol }) => [target, version, protocol] as const),
);

describe.each(table)("%s, MQTT %s", (name, _version, protocol) => {
  const topic = `${name}/${protocol}`;
  const layout = () => transports[name]!(network);
  const connect = () => {
    const { url, options } = straight(layout());
    return Client.connect(url, { ...options, protocol });
  };

  test("messages of all sizes and QoS arrive in both directions", async () => {
    await using client = await connect();
    await client.subscribe(`${topic}/+/+`, { qos: 2 });
    const fitting = layout().isSlow ? sizes.filter((size) => size < 1_000) : sizes;
    const publishes = levels.flatMap((qos) =>
      fitting.map((size) => client.publish(`${topic}/${qos}/${size}`, payloads.get(size), { qos })),
    );
    const [messages] = await Promise.all([take(client, publishes.length), ...publishes]);
    for (const message of messages) {
      const [qos, size] = message.topic.value.split("/").slice(-2).map(Number);
      expect(message.qos).toBe(qos);
      expect(message.payload.equals(payloads.get(size!)!)).toBe(true);
    }
    expect(client.messages).toHaveLength(0);
  });

  test("retained messages, unsubscribe, disconnect and another connect work", async () => {
    await using client = await connect();
    await client.publish(`${topic}/kept`, "kept", { qos: 1, retain: true });
    await client.subscribe(topic, { qos: 1 });
    await client.unsubscribe(topic);
    await client.publish(topic, "to nobody", { qos: 1 });
    await client.subscribe(`${topic}/kept`, { qos: 1 });
    const kept = { topic: `${topic}/kept`, text: "kept", qos: 1, retain: true };
    expect(told(await takeOne(client))).toEqual(kept);
    await client.disconnect();
    expect(await client.closed).toBe(undefined);
    await client.connect();
    await client.publish(`${topic}/kept`, "", { qos: 1, retain: true });
  });

  test("a lost connection publishes the will, and the client connects again", async () => {
    await using witness = await Client.connect(network.broker.url);
    await witness.subscribe(`${topic}/+`);
    const { target, relay } = await relayed(layout());
    await using _relay = relay;
    const will = { topic: `${topic}/will`, payload: "lost" };
    await using client = await Client.connect(target.url, { ...target.options, protocol, will });
    relay.cut();
    expect(await client.closed).toMatchObject({ code: "CONNECTION_LOST" });
    expect((await takeOne(witness)).text()).toBe("lost");
    await client.connect();
    await client.publish(`${topic}/back`, "back", { qos: 2 });
    expect((await takeOne(witness)).text()).toBe("back");
  });
});
