// Loops over streams that acknowledge late.

import { expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../../lib/index.ts";
import { connected } from "../../support/connected.ts";
import { eventually } from "../../support/eventually.ts";
import { RecordingLogger } from "../../support/recording-logger.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";

const V5 = { protocol: ProtocolVersion.V5 };

const acknowledged = (session: ScriptedSession): number[] =>
  session.received.flatMap((packet) => (packet.type === "PUBACK" ? [packet.packetId] : []));

const send = (session: ScriptedSession, ...identifiers: number[]) =>
  session.send(
    ...identifiers.map((packetId) =>
      session.packets.publish({ topic: "t", qos: 1, packetId, payload: `${packetId}` }),
    ),
  );

test("a loop over a stream acknowledges each message when it asks for the next one", async () => {
  await using pair = await connected({}, V5);
  const { client, session } = pair;
  const stream = await client.stream("t", { qos: 1, acknowledge: "processed" });
  await send(session, 1, 2, 3);
  const seen: string[] = [];
  for await (const message of stream) {
    await client.publish("marker", "", { qos: 1 });
    seen.push(`${message.text()}: ${acknowledged(session)}`);
    if (seen.length === 3) break;
  }
  expect(seen).toEqual(["1: ", "2: 1", "3: 1,2"]);
  expect(stream.length).toBe(1);
});

test("a loop over a stream that takes the acknowledgement of its client acknowledges, too", async () => {
  await using pair = await connected({}, { ...V5, acknowledge: "processed" });
  const { client, session } = pair;
  const stream = await client.stream("t", { qos: 1 });
  await send(session, 1, 2);
  for await (const message of stream) if (message.text() === "2") break;
  await eventually(() => expect(acknowledged(session)).toEqual([1]));
});

test("a stream forgets messages of lost connections that the program tries to acknowledge", async () => {
  const logger = new RecordingLogger();
  await using broker = await ScriptedBroker.serving();
  const options = { ...V5, logger, reconnect: { minDelay: 0.01, maxDelay: 0.01 } };
  const client = await Client.connect(broker.url, options);
  const stream = await client.stream("t", { qos: 1, acknowledge: "manual" });
  const session = await broker.accept();
  await send(session, 1);
  const { value } = await stream.next({ timeout: 5 });
  session.end();
  await (await broker.accept()).waitFor("SUBSCRIBE");
  await client.ready();
  expect(value?.acknowledge()).toBe(false);
  await stream[Symbol.asyncDispose]();
  expect(logger.warnings.filter((line) => line.includes("disposed"))).toEqual([]);
  await client.disconnect();
});

test("a loop finds the message that had no place beside the one that an earlier loop was left with", async () => {
  await using pair = await connected({}, { ...V5, acknowledge: "processed", maxQueuedIncomingMessages: 1 });
  const { client, session } = pair;
  await send(session, 1);
  for await (const _message of client.messages) break;
  await send(session, 2);
  await eventually(() => expect(client.messages.length).toBe(2));
  const texts: string[] = [];
  for await (const message of client.messages) if (texts.push(message.text()) === 2) break;
  expect(texts).toEqual(["1", "2"]);
});
