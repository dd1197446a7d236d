import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { Client, WillProperties } from "mqtt-native";
import { takeOne, told } from "../../support/messages.ts";
import { ALL, checksOf, ONLY_5 } from "../check.ts";
import type { Context } from "../context.ts";
import { END, textsUntilEnd } from "./messages.ts";

const check = checksOf("Wills");

/** Somebody who sees the will, and the client whose will it is, with a relay between it and the broker. */
async function scene(t: Context, properties?: WillProperties) {
  const witness = await t.connect();
  const topic = t.topic("will");
  await witness.subscribe(topic, { qos: 1 });
  const relay = await t.relay();
  const will = { topic, payload: "gone", qos: 1, ...(properties && { properties }) } as const;
  const client = await t.connect({ ...(t.is5 ? t.persistent("mortal") : t.clean("mortal")), will }, relay);
  const sayEnd = () => witness.publish(topic, END, { qos: 1 });
  return { client, relay, sayEnd, topic, witness };
}

/** Seconds until the witness has the will. */
async function secondsToWill(witness: Client): Promise<number> {
  const begin = performance.now();
  assert.equal((await takeOne(witness)).text(), "gone");
  return (performance.now() - begin) / 1_000;
}

export const wills = [
  check("a will is published when its client is lost", { versions: ALL }, async (t) => {
    const { relay, topic, witness } = await scene(t);
    relay.cut();
    assert.deepEqual(told(await takeOne(witness)), { topic, text: "gone", qos: 1, retain: false });
  }),

  check("a will is not published when its client disconnects", { versions: ALL }, async (t) => {
    const { client, sayEnd, witness } = await scene(t);
    await client.disconnect();
    await delay(500); // a broker that publishes it does so after the end of the connection
    await sayEnd();
    assert.deepEqual(await textsUntilEnd(witness), []);
  }),

  check("a retained will is kept", {}, async (t) => {
    const topic = t.topic();
    const witness = await t.connect();
    await witness.subscribe(topic, { qos: 1 });
    const relay = await t.relay();
    await t.connect({ will: { topic, payload: "gone", qos: 1, retain: true } }, relay);
    relay.cut();
    await takeOne(witness);
    const late = await t.connect();
    await late.subscribe(topic, { qos: 1 });
    assert.deepEqual(told(await takeOne(late)), { topic, text: "gone", qos: 1, retain: true });
  }),

  check("a will waits for its delay", { versions: ONLY_5 }, async (t) => {
    const { relay, witness } = await scene(t, { willDelayInterval: 2 });
    relay.cut();
    const seconds = await secondsToWill(witness);
    assert.ok(seconds > 1 && seconds < 8, `it came after ${seconds} s`);
  }),

  check("a client that comes back within the delay leaves no will", { versions: ONLY_5 }, async (t) => {
    const { client, relay, sayEnd, witness } = await scene(t, { willDelayInterval: 2 });
    relay.cut();
    await client.closed;
    await client.connect();
    await delay(4_000);
    await sayEnd();
    assert.deepEqual(await textsUntilEnd(witness), []);
  }),

  check("DISCONNECT with 0x04 publishes the will", { versions: ONLY_5 }, async (t) => {
    const { client, witness } = await scene(t);
    await client.disconnect({ reasonCode: 0x04 });
    assert.equal((await takeOne(witness)).text(), "gone");
  }),

  check("a will has its properties", { versions: ONLY_5 }, async (t) => {
    const properties = {
      ...{ contentType: "text/plain", payloadFormatIndicator: true, messageExpiryInterval: 600 },
      ...{ responseTopic: "answers", correlationData: Buffer.of(1, 2), userProperties: [["a", "b"]] },
    } satisfies WillProperties;
    const { relay, witness } = await scene(t, properties);
    relay.cut();
    const { messageExpiryInterval: left = 0, ...others } = (await takeOne(witness)).properties ?? {};
    const { messageExpiryInterval: _, ...expected } = properties;
    assert.deepEqual(others, expected);
    assert.ok(left > 500 && left <= 600, `it expires in ${left} s`);
  }),
];
