import { describe, expect, test } from "vitest";
import { Client } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { takeOne } from "../support/messages.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { protocols } from "../support/protocols.ts";
import { silence } from "../support/scripted-answers.ts";
import type { ScriptedSession } from "../support/scripted-session.ts";

const MIB = 1024 * 1024;

/** Publishes more than the kernel buffers for a broker that does not read. */
function publishInto(session: ScriptedSession, client: Client): Promise<unknown>[] {
  session.pause();
  return Array.from({ length: 32 }, () => client.publish("t", Buffer.alloc(MIB)));
}

describe.each(protocols)("MQTT $name", { timeout: 10_000 }, ({ protocol }) => {
  test("calls that a broker does not read reject when the connection is lost", async () => {
    await using all = await connected({}, { protocol });
    const outcomes = Promise.allSettled(publishInto(all.session, all.client));
    all.session.reset();
    expect(await all.client.closed).toMatchObject({ code: "CONNECTION_LOST" });
    await outcomes;
    await all.client.connect();
    await all.client.publish("t", "p", { qos: 1 });
  });

  test("disconnecting from a broker that does not read ends", async () => {
    await using all = await connected({}, { protocol });
    const outcomes = Promise.allSettled(publishInto(all.session, all.client));
    await all.client.disconnect({ timeout: 0.1 });
    await outcomes;
    await all.client.connect();
  });

  test("disconnecting from a broker that reads slowly ends", async () => {
    await using all = await connected({}, { protocol });
    const { socket } = all.session;
    socket.on("data", () => {
      socket.pause();
      setTimeout(() => socket.resume(), 20);
    });
    const published = all.client.publish("t", Buffer.alloc(64 * MIB));
    await all.client.disconnect({ timeout: 0 });
    await Promise.allSettled([published]);
    expect(socket.bytesRead).toBeLessThan(64 * MIB);
    expect(await all.client.closed).toBeUndefined();
  });

  test("a broker that reads again receives everything", async () => {
    await using all = await connected({}, { protocol });
    const calls = publishInto(all.session, all.client);
    await all.client.publish("small", "", { qos: 1, timeout: 0.1 }).catch(silence);
    all.session.resume();
    await Promise.all(calls);
    for (let i = 0; i < calls.length; i++)
      expect((await all.session.waitFor("PUBLISH")).payload).toHaveLength(MIB);
  });

  test("messages that were published just before disconnect arrive", async () => {
    await using broker = await startMosquitto();
    await using receiver = await Client.connect(broker.url);
    await receiver.subscribe("last/words", { qos: 2 });
    for (const qos of [0, 1, 2] as const) {
      const sender = await Client.connect(broker.url, { protocol });
      const calls = Array.from({ length: 200 }, (_, index) => sender.publish("last/words", index, { qos }));
      await sender.disconnect();
      await Promise.all(calls);
      for (let index = 0; index < calls.length; index++)
        expect((await takeOne(receiver)).text()).toBe(String(index));
    }
  });
});
