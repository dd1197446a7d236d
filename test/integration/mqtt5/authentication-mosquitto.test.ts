// Enhanced authentication with an independent broker: mosquitto, with a plugin.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, type ClientOptions, ProtocolVersion } from "../../../lib/index.ts";
import type { Broker } from "../../../scripts/broker.mjs";
import { type AuthenticationPlugin, authenticationPlugin, sum } from "../../support/authentication-plugin.ts";
import { takeOne } from "../../support/messages.ts";
import { startMosquitto } from "../../support/mosquitto.ts";

let plugin: AuthenticationPlugin;
let broker: Broker;
beforeAll(async () => {
  plugin = authenticationPlugin();
  broker = await startMosquitto({ config: plugin.config });
});
afterAll(async () => {
  await broker.stop();
  plugin[Symbol.dispose]();
});

/** Options of a client that asks for this number of challenges and answers them by `onChallenge`. */
const asking = (questions: number, onChallenge: (question: Buffer) => unknown = sum) => {
  let asked = 0;
  const options = {
    protocol: ProtocolVersion.V5,
    authentication: {
      method: "sum",
      data: String(questions),
      onChallenge: async (question: Buffer) => {
        asked++;
        return String(await onChallenge(question));
      },
    },
  } satisfies ClientOptions;
  return { options, asked: () => asked };
};

const lastWord = (properties: { authenticationData?: Buffer | undefined } | undefined) =>
  properties?.authenticationData?.toString();

test.each([0, 1, 5])("%i challenges while connecting are answered", async (questions) => {
  const { options, asked } = asking(questions);
  await using client = await Client.connect(broker.url, options);
  expect(asked()).toBe(questions);
  expect(client.connection?.properties?.authenticationMethod).toBe("sum");
  expect(lastWord(client.connection?.properties)).toBe("content");
});

test("a wrong answer is refused, and the next attempt starts afresh", async () => {
  let answer: (question: Buffer) => unknown = () => -1;
  const { options } = asking(2, (question) => answer(question));
  const client = new Client(broker.url, options);
  await expect(client.connect()).rejects.toMatchObject({
    name: "MqttConnectError",
    reasonCode: { value: 0x87 },
  });
  answer = sum;
  await client.connect();
  await client.disconnect();
});

test("a method that the broker does not know is refused with 0x8C", async () => {
  const { options } = asking(1);
  const authentication = { ...options.authentication, method: "product" };
  await expect(Client.connect(broker.url, { ...options, authentication })).rejects.toMatchObject({
    reasonCode: { value: 0x8c },
  });
});

test("re-authentication works repeatedly amid traffic", async () => {
  const { options, asked } = asking(1);
  await using client = await Client.connect(broker.url, options);
  await client.subscribe("amid");
  for (let round = 1; round <= 10; round++) {
    const published = client.publish("amid", round, { qos: 1 });
    expect(lastWord(await client.reauthenticate("3"))).toBe("content");
    await published;
    expect((await takeOne(client)).text()).toBe(String(round));
  }
  expect(asked()).toBe(31);
});

test("a re-authentication with a wrong answer ends the connection", async () => {
  const { options } = asking(0, () => -1);
  await using client = await Client.connect(broker.url, options);
  await expect(client.reauthenticate("1")).rejects.toHaveProperty("name", "MqttCodeError");
  expect(await client.closed).toBeDefined();
  await client.connect();
  expect(lastWord(await client.reauthenticate("0"))).toBe("content");
});

test("ten clients authenticate at once, each with challenges of its own", async () => {
  const clients = Array.from({ length: 10 }, () => new Client(broker.url, asking(4).options));
  await Promise.all(clients.map((client) => client.connect()));
  expect(clients.map((client) => lastWord(client.connection?.properties))).toEqual(Array(10).fill("content"));
  await Promise.all(clients.map((client) => client.disconnect()));
});
