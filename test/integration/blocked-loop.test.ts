import { expect, test } from "vitest";
import { Client } from "../../lib/index.ts";
import { runChild } from "../support/child.ts";
import { takeOne } from "../support/messages.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { protocols } from "../support/protocols.ts";
import { politeAnswers } from "../support/scripted-answers.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";
import type { ScriptedSession } from "../support/scripted-session.ts";

/**
 * A broker may close a connection that was silent for one and a half times its keepalive (MQTT 5, section 3.1.2.10).
 */
const PATIENCE = 3_000;

const survived = { code: 0, signal: null, lines: ["received: hello", "closed: undefined"], stderr: "" };
const cases = protocols.flatMap((each) => ["Atomics.wait", "a busy loop"].map((how) => ({ ...each, how })));

// The tests run concurrently, because they mostly wait for the blocked processes.
test.concurrent.each(cases)(
  "MQTT $name: mosquitto keeps the connection during $how",
  async ({ protocol, how }) => {
    await using broker = await startMosquitto();
    await using observer = await Client.connect(broker.url);
    await observer.subscribe("about/to/block");
    const child = runChild("blocked.mjs", [broker.url, String(protocol), how]);
    await takeOne(observer);
    await observer.publish("while/blocked", "hello", { qos: 1 });
    expect(await child).toMatchObject(survived);
    expect(broker.log()).not.toContain("exceeded timeout");
  },
);

/** Closes the connection when it is silent for longer than a broker must tolerate. */
function enforceKeepalive(session: ScriptedSession): void {
  const giveUp = () => session.destroy();
  let timer = setTimeout(giveUp, PATIENCE);
  session.socket.on("data", () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, PATIENCE);
  });
  session.socket.on("close", () => clearTimeout(timer));
}

test.concurrent.each(cases)(
  "MQTT $name: $how delays neither pings nor acknowledgements",
  async ({ protocol, how }) => {
    await using broker = await ScriptedBroker.serving({
      PUBLISH: (packet, session) => {
        politeAnswers.PUBLISH(packet, session);
        if (packet.topic !== "about/to/block") return;
        session.send(session.packets.publish({ topic: "while/blocked", payload: "hello", qos: 1 }));
      },
    });
    const child = runChild("blocked.mjs", [broker.url, String(protocol), how]);
    const session = await broker.accept();
    enforceKeepalive(session);
    expect(await child).toMatchObject(survived);
    const types = session.received.map(({ type }) => type);
    expect(types.slice(0, 4)).toEqual(["CONNECT", "SUBSCRIBE", "PUBLISH", "PUBACK"]);
    expect(types.filter((type) => type === "PINGREQ").length).toBeGreaterThanOrEqual(2);
    const [blocking, acknowledgement] = session.received.slice(2);
    expect(acknowledgement!.receivedAt - blocking!.receivedAt).toBeLessThan(1_000);
  },
);

// After many messages the receive thread leaves reading to the event loop.
test.concurrent.each([0, 1, 1000])(
  "a message is acknowledged while its handler blocks the event loop, after %d others",
  async (count) => {
    const seconds = 3;
    let sent = 0;
    let blockedAt = 0;
    await using broker = await ScriptedBroker.serving({
      PUBLISH: (_packet, session) => {
        const topic = sent++ === count ? "block" : "answer/me";
        if (topic === "block") blockedAt = performance.now();
        session.send(session.packets.publish({ topic, payload: "", qos: 1, packetId: sent }));
      },
    });
    const child = runChild("busy-handler.mjs", [broker.url, String(seconds)]);
    const session = await broker.accept();
    expect(await child).toMatchObject({ code: 0, stderr: "" });
    const acknowledgements = session.received.filter(({ type }) => type === "PUBACK");
    expect(acknowledgements).toHaveLength(count + 1);
    expect(acknowledgements.at(-1)!.receivedAt - blockedAt).toBeLessThan((1000 * seconds) / 2);
  },
);
