import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { takeOne } from "../../support/messages.ts";
import { ALL, checksOf } from "../check.ts";
import type { Context } from "../context.ts";

const check = checksOf("Topics and payloads");

const MEBIBYTE = 2 ** 20;
const SCRIPTS = "grüße/température/温度/температура/🌡️/ⅷ";

/** Publishes it, and compares what comes back. */
async function thereAndBack(t: Context, topic: string, payload: Buffer, qos: 0 | 1 | 2 = 1): Promise<void> {
  const client = await t.connect({ timeout: 30 });
  await client.subscribe(topic, { qos });
  await client.publish(topic, payload, { qos });
  const message = await takeOne(client);
  assert.equal(message.topic.value, topic);
  assert.ok(message.payload.equals(payload), `${message.payload.length} other bytes came back`);
}

export const payloads = [
  check("no bytes at all", { versions: ALL }, async (t) => {
    for (const qos of t.levels) await thereAndBack(t, t.topic(`${qos}`), Buffer.alloc(0), qos);
  }),
  check("every byte there is", {}, (t) =>
    thereAndBack(t, t.topic(), Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))),
  ),
  check("1 MiB at each QoS", {}, async (t) => {
    for (const qos of t.levels) await thereAndBack(t, t.topic(`${qos}`), randomBytes(MEBIBYTE), qos);
  }),
  check("8 MiB", {}, (t) => thereAndBack(t, t.topic(), randomBytes(8 * MEBIBYTE))),
  check("letters of many scripts", { versions: ALL }, (t) =>
    thereAndBack(t, t.topic(...SCRIPTS.split("/")), Buffer.from(SCRIPTS)),
  ),
  check("spaces, dots, asterisks and greater-than signs in a topic", {}, (t) =>
    thereAndBack(t, t.topic("a b", "c.d", "*", ">", "e.*.>"), Buffer.from("x")),
  ),
  check("a topic of 1 000 bytes", {}, (t) =>
    thereAndBack(t, t.topic("x".repeat(950)).padEnd(1_000, "y"), Buffer.from("x")),
  ),
  check("a topic of 50 levels", {}, (t) =>
    thereAndBack(t, t.topic(...Array.from({ length: 48 }, () => "x")), Buffer.from("x")),
  ),
];
