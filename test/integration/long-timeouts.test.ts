// A timeout that was probably meant in milliseconds is logged once for each client.

import { expect, test } from "vitest";
import { Client, type ClientOptions } from "../../lib/index.ts";
import { RecordingLogger } from "../support/recording-logger.ts";

const warning = (seconds: number, hours: string) =>
  `A timeout of ${seconds} is ${hours} hours: timeouts are in seconds, not in milliseconds.`;

/** The warnings of a client that gets timeouts without ever connecting. */
async function warnings(use: (client: Client) => unknown, options: ClientOptions = {}): Promise<string[]> {
  const logger = new RecordingLogger();
  const client = new Client("localhost", { logger, ...options });
  await Promise.allSettled([use(client)]);
  return logger.warnings;
}

const signal = AbortSignal.abort();

test.each<[what: string, use: (client: Client, timeout: number) => unknown]>([
  ["publish", (client, timeout) => client.publish("t", "", { timeout })],
  ["subscribe", (client, timeout) => client.subscribe("t", { timeout })],
  ["unsubscribe", (client, timeout) => client.unsubscribe("t", { timeout })],
  ["disconnect", (client, timeout) => client.disconnect({ timeout })],
  ["connect", (client, timeout) => client.connect({ timeout, signal })],
  ["next", (client, timeout) => client.messages.next({ timeout, signal })],
  ["reauthenticate", (client, timeout) => client.reauthenticate("", { timeout })],
  [
    "the property timeout",
    (client, timeout) => {
      client.timeout = timeout;
    },
  ],
])("a long timeout of %s is logged", async (_what, use) => {
  expect(await warnings((client) => use(client, 30_000))).toEqual([warning(30_000, "8.3")]);
  expect(await warnings((client) => use(client, 5000))).toEqual([warning(5000, "1.4")]);
  for (const fine of [0, 0.5, 30, 4999, Number.POSITIVE_INFINITY])
    expect(await warnings((client) => use(client, fine))).toEqual([]);
});

test("a long timeout of the constructor is logged", async () => {
  expect(await warnings(() => {}, { timeout: 5000 })).toEqual([warning(5000, "1.4")]);
  expect(await warnings(() => {}, { timeout: Number.POSITIVE_INFINITY })).toEqual([]);
});

test("only the first long timeout of a client is logged", async () => {
  const use = (client: Client) =>
    Promise.allSettled([
      client.subscribe("t", { timeout: 6000 }),
      client.publish("t", "", { timeout: 1e300 }),
    ]);
  expect(await warnings(use)).toEqual([warning(6000, "1.7")]);
  expect(await warnings(use, { timeout: 10_000 })).toEqual([warning(10_000, "2.8")]);
});
