import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, MqttError } from "../../../lib/index.ts";
import { eventually } from "../../support/eventually.ts";
import { after, everyByte } from "../../support/relay.ts";
import { openSockets, threadCount } from "../../support/resources.ts";
import { type Network, startNetwork } from "../../support/transport/network.ts";
import { type Layout, relayed, straight, transports } from "../../support/transport/transports.ts";

// A peer may stop sending or close anywhere: in a SOCKS or HTTP reply, a TLS record, the answer to an upgrade, or the
// CONNACK.

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network[Symbol.asyncDispose]());

/** The number of bytes that arrive before a client is connected. */
async function bytesToConnect(layout: Layout): Promise<number> {
  const { target, relay } = await relayed(layout);
  await using _relay = relay;
  await using _client = await Client.connect(target.url, target.options);
  return relay.passed;
}

/** The byte counts after which to interrupt: all, or at most `most` for longer handshakes. */
async function countInterruptions(name: string, layout: Layout, most = 50): Promise<number[]> {
  const total = await bytesToConnect(layout);
  // The size of a signature varies a little, and with it the total. See `failures`.
  const last = name.includes("TLS") ? total - 12 : total - 1;
  const step = Math.ceil(last / most);
  return Array.from({ length: Math.floor(last / step) + 1 }, (_, index) => index * step);
}

/**
 * The codes of the failed connects, when the first hop ends after each of these numbers of bytes. Sometimes a server's
 * session ticket is a block shorter, so that the connect succeeds before the last of them. Exactly the interrupted
 * attempts must fail.
 */
async function failures(
  layout: Layout,
  counts: number[],
  atLimit: "end" | "reset" | "stall",
  timeout: number,
) {
  const left = [...counts];
  const { target, relay } = await relayed(layout, { limit: () => left.pop() ?? 0, atLimit });
  await using _relay = relay;
  const attempts = counts.map(async () => {
    const result = await Client.connect(target.url, { ...target.options, timeout }).catch((reason) => reason);
    if (result instanceof Client) return await result.disconnect();
    expect(result).toBeInstanceOf(MqttError);
    return (result as MqttError).code;
  });
  const codes = (await Promise.all(attempts)).filter((code) => code !== undefined);
  expect(codes.length).toBe(relay.limited);
  expect(codes.length).toBeGreaterThanOrEqual(counts.length - 2);
  return codes;
}

describe.each(Object.entries(transports))("%s", (name, layout) => {
  test.each(["end", "reset"] as const)(
    "a connect fails at once after an early %s of the first hop at any byte",
    async (how) => {
      const counts = await countInterruptions(name, layout(network));
      const codes = await failures(layout(network), counts, how, 10);
      for (const code of codes) expect(["CONNECTION_LOST", "ECONNRESET"]).toContain(code);
    },
  );

  test("a client works when all bytes arrive one by one", async () => {
    const { target, relay } = await relayed(layout(network), { cutter: everyByte });
    await using _relay = relay;
    await using client = await Client.connect(target.url, target.options);
    await client.subscribe(name, { qos: 2 });
    await client.publish(name, "z".repeat(300), { qos: 2 });
    expect((await client.messages.next({ timeout: 10 })).value?.text()).toBe("z".repeat(300));
  });
});

test.each(["TLS 1.2", "TLS 1.3", "WebSocket", "WebSocket over TLS 1.3", "HTTP proxy"])(
  "%s: a handshake may be split in two at any byte",
  async (name) => {
    const layout = transports[name]!(network);
    const counts = await countInterruptions(name, layout);
    const left = [...counts];
    const { target, relay } = await relayed(layout, { cutter: () => after(left.pop() ?? 0)() });
    await using _relay = relay;
    const clients = await Promise.all(counts.map(() => Client.connect(target.url, target.options)));
    await Promise.all(clients.map((client) => client.publish(name, "cut", { qos: 2 })));
    await Promise.all(clients.map((client) => client.disconnect()));
  },
);

test("a peer that stops sending at any byte causes a timeout and leaks nothing", async () => {
  const [sockets, threads] = [openSockets().length, threadCount()];
  const timeout = 2;
  const begin = performance.now();
  const all = Object.entries(transports).map(async ([name, layout]) => {
    const counts = await countInterruptions(name, layout(network), 10);
    return await failures(layout(network), counts, "stall", timeout);
  });
  const codes = (await Promise.all(all)).flat();
  expect(new Set(codes)).toEqual(new Set(["TIMEOUT"]));
  expect(performance.now() - begin).toBeLessThan((timeout + 8) * 1000);
  await eventually(() => {
    expect(threadCount()).toBeLessThanOrEqual(threads + 2);
    expect(openSockets().length).toBeLessThanOrEqual(sockets + 2);
  });
});

test("stalled attempts do not keep other clients from connecting", async () => {
  const stalled = Object.values(transports).map(async (layout) => {
    const { target, relay } = await relayed(layout(network), { limit: () => 0, atLimit: "stall" });
    await using _relay = relay;
    const abort = new AbortController();
    const connecting = new Client(target.url, target.options).connect({ signal: abort.signal });
    const { url, options } = straight(layout(network));
    await using client = await Client.connect(url, options);
    await client.publish("passed", "by", { qos: 1 });
    abort.abort("enough");
    await expect(connecting).rejects.toBe("enough");
  });
  await Promise.all(stalled);
});
