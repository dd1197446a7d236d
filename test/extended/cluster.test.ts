// One node of a cluster of three is killed while a client publishes to it: its clients go on at the other nodes.

import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { Client } from "../../lib/index.ts";
import { eventually } from "../support/eventually.ts";
import { RabbitmqCluster } from "../support/rabbitmq-cluster.ts";

const isInstalled = existsSync("/usr/lib/rabbitmq/bin/rabbitmq-server");
const LANES = 10;

/** A client with a session of its own, which the nodes share. */
function member(urls: string[], identifier: string): Client {
  const client = new Client(urls, {
    identifier,
    cleanSession: false,
    sharedSessions: true,
    connectTimeout: 3,
    reconnect: { maxDelay: 0.5 },
  });
  client.pendingCallsThreshold = Number.POSITIVE_INFINITY;
  return client;
}

/** Collects the texts that a client receives. */
function collect(client: Client): Set<string> {
  const texts = new Set<string>();
  void (async () => {
    for await (const message of client.messages) texts.add(message.text());
  })();
  return texts;
}

interface Published {
  /** The texts of publishes that resolved. */
  resolved: Set<string>;
  /** The errors of all others. */
  rejected: string[];
}

/** Publishes at QoS 1 in several lanes until `stop` is called. */
function load(client: Client): { stop(): Promise<Published> } {
  const resolved = new Set<string>();
  const rejected: string[] = [];
  let isOver = false;
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    for (let number = 0; !isOver; number++) {
      const text = `${lane}/${number}`;
      try {
        await client.publish("load", text, { qos: 1, timeout: 60 });
        resolved.add(text);
      } catch (error) {
        rejected.push(`${error}`);
      }
    }
  });
  const stop = async () => {
    isOver = true;
    await Promise.all(lanes);
    return { resolved, rejected };
  };
  return { stop };
}

test.skipIf(!isInstalled)(
  `nothing that resolved is missing after a node of RabbitMQ is killed${isInstalled ? "" : " (it is not installed)"}`,
  async () => {
    await using cluster = await RabbitmqCluster.start(3);
    const [first = "", second = "", third = ""] = cluster.urls;
    // The publisher and one subscriber are at the node that is killed, the other subscriber is not.
    await using publisher = member([first, second, third], "publisher");
    await using moved = member([first, third, second], "moved");
    await using steady = member([third], "steady");
    for (const client of [publisher, moved, steady]) await client.connect({ timeout: 20 });
    const received = [moved, steady].map(collect);
    for (const client of [moved, steady]) await client.subscribe("load", { qos: 1, timeout: 20 });
    const events = publisher.connectionEvents();
    const { stop } = load(publisher);
    await delay(2_000);
    await cluster.kill(0);
    const outage = await (async () => {
      for await (const event of events) if (event.state === "connected") return event.outage;
      return Number.NaN;
    })();
    await delay(3_000);
    const { resolved, rejected } = await stop();
    await eventually(() => {
      for (const texts of received) expect([...resolved].filter((text) => !texts.has(text))).toEqual([]);
    }, 20_000);
    console.log(
      `${resolved.size} publishes resolved, fail-over to ${publisher.broker} in ${outage.toFixed(2)} s`,
    );
    expect(publisher.broker).not.toBe(first);
    expect(outage).toBeLessThan(5);
    expect(rejected).toEqual([]);
  },
  240_000,
);
