// The connection ends or freezes at each byte of CONNECT, CONNACK, a subscribe, and a flow of QoS 2 in each direction.

import { expect, test } from "vitest";
import { Client, ProtocolVersion } from "../../lib/index.ts";
import { DurableBroker } from "../support/durable-broker.ts";
import { eventually } from "../support/eventually.ts";
import { seconds } from "./effort.ts";
import { type Faults, FaultyRelay, type Schedule } from "./faulty-relay.ts";

/** Every byte in `npm run test:extended`. */
const STEP = seconds >= 60 ? 1 : 5;
const AT_ONCE = 30;
const FROZEN_MS = 4_000;

const kinds: Record<string, (at: number) => Faults> = {
  closed: (at) => ({ end: { at, how: "close" } }),
  reset: (at) => ({ end: { at, how: "reset" } }),
  "half-closed": (at) => ({ end: { at, how: "half" } }),
  frozen: (at) => ({ stall: { at, for: FROZEN_MS } }),
  "delayed, one byte at a time, and then closed": (at) => ({
    delay: 1,
    pieces: 1,
    end: { at, how: "close" },
  }),
};

interface Traffic {
  connections: number;
  toBroker: number;
  toClient: number;
}

/** Subscribes, publishes and receives at QoS 2, with faults on the first connection. */
async function converse(faults: Schedule): Promise<Traffic> {
  await using broker = await DurableBroker.start();
  broker.onSubscribed = (clientId) => broker.send(clientId, "in", "to the client");
  let connections = 0;
  const { host, port } = broker;
  await using relay = await FaultyRelay.to({ host, port }, () =>
    connections++ === 0 ? faults : { toBroker: {}, toClient: {} },
  );
  const client = new Client(relay.url, {
    identifier: "client",
    protocol: ProtocolVersion.V5,
    keepalive: 1,
    connectTimeout: 1,
    reconnect: { minDelay: 0.01, maxDelay: 0.05 },
  });
  await client.connect({ timeout: 10 });
  const [{ value: message }, published] = await Promise.all([
    client.messages.next({ timeout: 10 }),
    client.publish("out", "to the broker", { qos: 2, timeout: 10 }),
    client.subscribe("in", { qos: 2, timeout: 10 }),
  ]);
  expect(message?.text()).toBe("to the client");
  expect(published.reasonCode.isFailure).toBe(false);
  // Both flows have ended, and nothing has come twice.
  await client.publish("out", "the end", { qos: 2, timeout: 10 });
  expect(broker.published).toEqual(["to the broker", "the end"]);
  await eventually(() => expect(broker.pending).toBe(0));
  expect(client.messages.length).toBe(0);
  const { bytesSent, bytesReceived } = client.statistics;
  await client.disconnect();
  return { connections, toBroker: bytesSent, toClient: bytesReceived };
}

/** Runs the works, at most so many at once. */
async function inTurns(works: (() => Promise<void>)[]): Promise<void> {
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (let work = works.pop(); work !== undefined; work = works.pop()) await work();
  });
  await Promise.all(lanes);
}

test.each(Object.keys(kinds))(
  "a connection that is %s at any byte loses and doubles nothing",
  async (kind) => {
    let again = 0;
    const total = await converse({ toBroker: {}, toClient: {} });
    const works = (["toBroker", "toClient"] as const).flatMap((direction) => {
      const positions = Array.from(
        { length: Math.ceil(total[direction] / STEP) },
        (_, index) => index * STEP,
      );
      return positions.map((at) => async () => {
        const schedule = { toBroker: {}, toClient: {}, [direction]: kinds[kind]?.(at) };
        const { connections } = await converse(schedule).catch((cause: unknown) => {
          throw new Error(`${kind}, ${direction} at byte ${at}`, { cause });
        });
        if (connections > 1) again++;
      });
    });
    const cases = works.length;
    await inTurns(works);
    // The last bytes belong to the end of the conversation.
    expect(again).toBeGreaterThan(cases / 2);
  },
  120_000,
);
