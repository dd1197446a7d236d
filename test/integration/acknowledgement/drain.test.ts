// `disconnect({ drain: true })`, packet by packet.

import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import { ProtocolVersion } from "../../../lib/index.ts";
import { deferred } from "../../../lib/util/deferred.ts";
import { connected } from "../../support/connected.ts";
import { eventually } from "../../support/eventually.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";

const V5 = { protocol: ProtocolVersion.V5 };

/** The packets that matter here, in the order of sending. */
const sent = (session: ScriptedSession): string[] =>
  session.received.flatMap((packet) => {
    if (packet.type === "PUBACK") return [`PUBACK ${packet.packetId}`];
    if (packet.type === "PUBLISH") return [`PUBLISH ${packet.topic}`];
    return packet.type === "DISCONNECT" ? ["DISCONNECT"] : [];
  });

const send = (session: ScriptedSession, topic: string, ...identifiers: number[]) =>
  session.send(
    ...identifiers.map((packetId) =>
      session.packets.publish({
        topic,
        qos: 1,
        packetId,
        payload: String(packetId),
        properties: { responseTopic: "answer" },
      }),
    ),
  );

test("draining waits for the bodies of streams and for handlers, and takes no more messages", async () => {
  await using pair = await connected({}, { ...V5, acknowledge: "processed" });
  const { client, session } = pair;
  const gate = deferred<void>();
  const seen: string[] = [];
  const take = async (text: string) => {
    seen.push(text);
    await gate.promise;
    return undefined;
  };
  const stream = await client.stream("stream", { qos: 1 });
  const loop = (async () => {
    for await (const message of stream) await take(message.text());
  })();
  const responder = await client.respond("request", (message) => take(message.text()), {
    qos: 1,
    concurrency: 1,
  });
  await send(session, "stream", 1, 2);
  await send(session, "request", 3, 4);
  await eventually(() => expect(seen.toSorted()).toEqual(["1", "3"]));
  const end = client.disconnect({ drain: true, timeout: 10 });
  await turn();
  expect(sent(session)).toEqual([]);
  gate.resolve();
  await Promise.all([end, loop]);
  expect(await responder.closed).toBeUndefined();
  expect(seen.toSorted()).toEqual(["1", "3"]);
  // The message 2 has not been given out, so the acknowledgement of 3 waits for it.
  expect(sent(session)).toEqual(["PUBLISH answer", "PUBACK 1", "DISCONNECT"]);
});

test("draining in a body waits until its timeout, and goes on as disconnect does", async () => {
  await using pair = await connected({}, { ...V5, acknowledge: "processed" });
  const { client, session } = pair;
  await send(session, "a", 1, 2);
  const began = performance.now();
  const texts: string[] = [];
  for await (const message of client.messages) {
    texts.push(message.text());
    await client.disconnect({ drain: true, timeout: 0.1 });
  }
  expect(performance.now() - began).toBeGreaterThan(95);
  expect(texts).toEqual(["1"]);
  expect(sent(session)).toEqual(["DISCONNECT"]);
});

test("a second call without draining disconnects at once", async () => {
  await using pair = await connected({}, { ...V5, acknowledge: "processed" });
  const { client, session } = pair;
  await send(session, "a", 1);
  const gate = deferred<void>();
  const loop = (async () => {
    for await (const _message of client.messages) await gate.promise;
  })();
  await eventually(() => expect(client.messages.length).toBe(0));
  const draining = client.disconnect({ drain: true, timeout: 600 });
  await turn();
  await client.disconnect({ timeout: 0 });
  gate.resolve();
  await Promise.all([draining, loop]);
  expect(sent(session)).toEqual(["DISCONNECT"]);
});

test("draining waits for the body of a message that arrives together with it", async () => {
  await using pair = await connected({}, { ...V5, acknowledge: "processed" });
  const { client, session } = pair;
  let end: Promise<void> | undefined;
  const gate = deferred<void>();
  const loop = (async () => {
    for await (const _message of client.messages) await gate.promise;
  })();
  const others = await client.stream("b", { qos: 1, acknowledge: "received" });
  const taken = others.next({ timeout: 5 }).then(() => {
    end = client.disconnect({ drain: true, timeout: 10 });
  });
  await session.send(
    session.packets.publish({ topic: "b", qos: 0, payload: "" }),
    session.packets.publish({ topic: "a", qos: 1, packetId: 1, payload: "" }),
  );
  await taken;
  await turn();
  await turn();
  gate.resolve();
  await Promise.all([end, loop]);
  expect(sent(session)).toEqual(["PUBACK 1", "DISCONNECT"]);
});

test("after draining the client connects and takes messages again", async () => {
  await using pair = await connected({}, { ...V5, acknowledge: "processed" });
  const { client, broker } = pair;
  await client.disconnect({ drain: true });
  await client.connect();
  const session = await broker.accept();
  await send(session, "a", 1);
  for await (const message of client.messages) {
    expect(message.text()).toBe("1");
    break;
  }
});

test("draining ends at once without a connection, and with nothing to wait for", async () => {
  await using pair = await connected({}, V5);
  const { client, session } = pair;
  await client.disconnect({ drain: true });
  await client.disconnect({ drain: true });
  expect(sent(session)).toEqual(["DISCONNECT"]);
  await expect(client.disconnect({ drain: 1 as never })).rejects.toThrow(TypeError);
});
