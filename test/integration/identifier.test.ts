import { expect, test } from "vitest";
import { Client, type ClientOptions, ProtocolVersion } from "../../lib/index.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { protocols } from "../support/protocols.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

/** The identifiers that a client sends when it connects twice. */
async function identifiersSent(broker: ScriptedBroker, options: ClientOptions) {
  const client = new Client(broker.url, options);
  const identifiers: string[] = [];
  for (let attempt = 1; attempt <= 2; attempt++) {
    await client.connect();
    const session = await broker.accept();
    identifiers.push((await session.receive("CONNECT")).clientId);
    await client.disconnect();
  }
  return identifiers;
}

test.each(protocols)("MQTT $name: a given identifier is used", async ({ protocol }) => {
  await using broker = await ScriptedBroker.serving();
  const identifier = "grüße/+#";
  expect(new Client(broker.url, { protocol, identifier }).identifier).toBe(identifier);
  expect(await identifiersSent(broker, { protocol, identifier })).toEqual([identifier, identifier]);
});

test("MQTT 3.1: a client without an identifier makes one of 22 characters and keeps it", async () => {
  await using broker = await ScriptedBroker.serving();
  const [first, second] = await identifiersSent(broker, { protocol: ProtocolVersion.V31 });
  expect(first).toMatch(/^[0-9A-Za-z]{22}$/);
  expect(second).toBe(first);
});

test("MQTT 3.1.1: a client without an identifier sends an empty one", async () => {
  await using broker = await ScriptedBroker.serving();
  expect(await identifiersSent(broker, {})).toEqual(["", ""]);
});

test("MQTT 5: an identifier that the broker assigns is used again", async () => {
  await using broker = await ScriptedBroker.serving({
    CONNECT: ({ clientId }, session) => {
      const properties = clientId === "" ? { assignedClientIdentifier: "yours" } : {};
      return session.send(session.packets.connack({ properties }));
    },
  });
  const options = { protocol: ProtocolVersion.V5 };
  expect(await identifiersSent(broker, options)).toEqual(["", "yours"]);
});

test("MQTT 5: an identifier that mosquitto assigns is reported", async () => {
  await using broker = await startMosquitto();
  await using client = await Client.connect(broker.url, { protocol: ProtocolVersion.V5 });
  const assigned = client.identifier;
  expect(assigned).not.toBe("");
  await client.disconnect();
  await client.connect();
  expect(client.identifier).toBe(assigned);
  await broker.said(new RegExp(`as ${assigned} .*[^]*as ${assigned} `));
});
