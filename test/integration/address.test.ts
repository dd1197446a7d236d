import { expect, test } from "vitest";
import { Client, type ClientArguments, ProtocolVersion } from "../../lib/index.ts";
import { protocols } from "../support/protocols.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const V5 = { protocol: ProtocolVersion.V5 };
const credentials = { username: "user", password: "word" };

/** The CONNECT packet of a client with these arguments. */
async function captureConnect(broker: ScriptedBroker, ...args: ClientArguments) {
  await using _client = await Client.connect(...args);
  const session = await broker.accept();
  return session.receive("CONNECT");
}

test.each<[form: string, at: (broker: ScriptedBroker) => ClientArguments]>([
  ["host and port", ({ host, port }) => [host, port]],
  ["host, port and options", ({ host, port }) => [host, port, {}]],
  ["host and options with a port", ({ host, port }) => [host, { port }]],
  ["a name instead of an address", ({ port }) => ["localhost", port]],
  ["a mqtt: URL", ({ host, port }) => [`mqtt://${host}:${port}`]],
  ["a tcp: URL", ({ host, port }) => [`tcp://${host}:${port}`]],
  ["a URL object", ({ host, port }) => [new URL(`mqtt://${host}:${port}`)]],
  ["a URL and options", ({ url }) => [url, { timeout: 5 }]],
])("a client connects to %s", async (_form, at) => {
  await using broker = await ScriptedBroker.serving();
  const { username, password } = await captureConnect(broker, ...at(broker));
  expect({ username, password }).toEqual({ username: undefined, password: undefined });
});

test.each<[form: string, at: (broker: ScriptedBroker) => ClientArguments]>([
  ["address and port", ({ host, port }) => [host, port]],
  ["a URL", ({ url }) => [url]],
  ["a URL object", ({ url }) => [new URL(url)]],
])("a client connects over IPv6 by %s", async (_form, at) => {
  await using broker = await ScriptedBroker.serving({}, { host: "::1" });
  await captureConnect(broker, ...at(broker));
});

test("the credentials of a URL are percent-decoded", async () => {
  await using broker = await ScriptedBroker.serving();
  const url = `mqtt://us%40er:p%C3%A4ss@${broker.host}:${broker.port}`;
  const { username, password } = await captureConnect(broker, url);
  expect({ username, password }).toEqual({ username: "us@er", password: Buffer.from("päss") });
});

test("an option overrides the URL", async () => {
  await using broker = await ScriptedBroker.serving();
  const url = `mqtt://other:wrong@${broker.host}:${broker.port}`;
  const { username, password } = await captureConnect(broker, url, credentials);
  expect({ username, password }).toEqual({ username: "user", password: Buffer.from("word") });
});

test("Client.connect of a subclass returns an instance of the subclass", async () => {
  class Meter extends Client {
    readonly unit = "kWh";
  }
  await using broker = await ScriptedBroker.serving();
  await using meter = await Meter.connect(broker.url);
  expect(meter).toBeInstanceOf(Meter);
  expect(meter.unit).toBe("kWh");
});

test("Client.connect returns a connected client", async () => {
  await using broker = await ScriptedBroker.serving();
  await using client = await Client.connect(broker.host, broker.port, V5);
  expect(client).toBeInstanceOf(Client);
  expect(client.connected).toBe(true);
});

test.each(protocols)("CONNECT of MQTT $name has the name and level of its protocol", async (each) => {
  await using broker = await ScriptedBroker.serving();
  const packet = await captureConnect(broker, broker.url, { protocol: each.protocol });
  expect(packet.protocolName).toBe(each.name === "3.1" ? "MQIsdp" : "MQTT");
  expect(packet.protocolVersion).toBe(each.protocol);
  expect(packet.keepalive).toBe(60);
  expect(packet.cleanStart).toBe(true);
});
