// Secrets of a client must not leave it.

import { execFileSync } from "node:child_process";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Client, MqttError, ProtocolVersion } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { takeOne } from "../support/messages.ts";
import { RecordingLogger } from "../support/recording-logger.ts";

const secrets = { username: "user-hunter1", password: "word-hunter2" };
const PAYLOAD = "payload-hunter3";
const will = { topic: "will", payload: "will-hunter4" };
const hasSecret = /hunter[1234]/;

test("no line of the log has a password, a payload or a will in it", async () => {
  const logger = new RecordingLogger();
  await using all = await connected({}, { ...secrets, will, logger, protocol: ProtocolVersion.V5 });
  for (const qos of [0, 1, 2] as const) await all.client.publish("t", PAYLOAD, { qos });
  await all.session.send(all.session.packets.publish({ topic: "t", payload: PAYLOAD, qos: 2 }));
  await takeOne(all.client);
  await all.client.disconnect();
  expect(logger.lines.length).toBeGreaterThan(5);
  expect(logger.lines.filter((line) => hasSecret.test(line))).toEqual([]);
});

test("printing a client or an error does not show the password", async () => {
  const client = new Client("127.0.0.1", 1, secrets);
  const error = await client.connect().catch((error) => error);
  expect(error).toBeInstanceOf(MqttError);
  for (const value of [client, error, client.statistics])
    for (const text of [
      inspect(value, { depth: 20, showHidden: true }),
      JSON.stringify(value),
      String(value),
    ])
      expect(text).not.toMatch(hasSecret);
  const byUrl = new Client(`mqtt://${secrets.username}:${secrets.password}@127.0.0.1:1`);
  const refused = await byUrl.connect().catch((error) => error);
  for (const value of [byUrl, refused]) expect(inspect(value, { depth: 20 })).not.toMatch(hasSecret);
});

test.each([
  ["a bad URL", () => new Client(`mqtt://user:${secrets.password}@127.0.0.1:99999`)],
  ["a bad password", () => new Client("h", { username: "u", password: [secrets.password] as never })],
  ["a long password", () => new Client("h", { username: "u", password: secrets.password.repeat(10_000) })],
])("%s is refused by an error that does not show it", (_name, make) => {
  expect(make).toThrow(Error);
  expect(make).not.toThrow(hasSecret);
});

/** The number of descriptors of a child process. */
const inherited = () => execFileSync("ls", ["/proc/self/fd"], { encoding: "utf8" }).split("\n").length;

test("child processes of a connected client's process inherit none of its descriptors", async () => {
  const before = inherited();
  await using all = await connected();
  await all.client.publish("t", "p", { qos: 1 });
  expect(inherited()).toBe(before);
});
