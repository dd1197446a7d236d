import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { Client } from "../../lib/index.ts";
import { startMosquitto } from "../support/mosquitto.ts";

const CASES = ([0, 1] as const).flatMap((qos) => [false, true].map((busyPoll) => ({ qos, busyPoll })));

/** Publishes one message after the other, each after the last one has arrived, as long as `isWanted`. */
async function exchange(client: Client, qos: 0 | 1, isWanted: (count: number) => boolean): Promise<void> {
  await client.subscribe("question", { qos });
  let count = 0;
  await client.publish("question", String(count), { qos });
  for await (const message of client.messages) {
    expect(message.text()).toBe(String(count++));
    if (!isWanted(count)) return;
    await client.publish("question", String(count), { qos });
  }
}

/** Makes `count` round trips on a socket of Node in this event loop. */
async function echoes(count: number): Promise<void> {
  const server = createServer((socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  for (let i = 0; i < count; i++) {
    socket.write("echo");
    await once(socket, "data");
  }
  socket.destroy();
  server.close();
}

async function timers(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await delay(1);
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await nextTurn();
}

test.each(CASES)(
  "prompt answers at QoS $qos, busyPoll $busyPoll, do not starve the rest of the event loop",
  async ({ qos, busyPoll }) => {
    await using broker = await startMosquitto();
    await using client = await Client.connect(broker.url, { busyPoll });
    let isDone = false;
    const others = Promise.all([echoes(200), timers(200), turns(200)]).then(() => {
      isDone = true;
    });
    await exchange(client, qos, (count) => !isDone || count < 5_000);
    await others;
  },
);

test.each(CASES)(
  "the event loop sleeps after prompt answers at QoS $qos, busyPoll $busyPoll, and late messages arrive",
  async ({ qos, busyPoll }) => {
    await using broker = await startMosquitto();
    await using client = await Client.connect(broker.url, { busyPoll });
    await using other = await Client.connect(broker.url);
    await client.subscribe("late", { qos });
    for (let round = 0; round < 5; round++) {
      await exchange(client, qos, (count) => count < 500);
      await client.publish("unheard", "");
      const before = performance.eventLoopUtilization();
      await delay(50);
      expect(performance.eventLoopUtilization(before).idle).toBeGreaterThan(25);
      await other.publish("late", String(round), { qos });
      const { value } = await client.messages.next({ timeout: 10 });
      expect(value?.text()).toBe(String(round));
      await client.unsubscribe("question");
    }
  },
);

test("busy polling of one client leaves other clients of the thread connected when it ends", async () => {
  await using broker = await startMosquitto();
  await using plain = await Client.connect(broker.url);
  for (let round = 0; round < 3; round++) {
    const polling = await Client.connect(broker.url, { busyPoll: true });
    await exchange(polling, 0, (count) => count < 300);
    await polling.disconnect();
    await exchange(plain, 1, (count) => count < 300);
    await plain.unsubscribe("question");
  }
});
