// Hostile brokers: memory must stay within its limits.

import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { Client } from "mqtt-native";
import { memory } from "./gauges.mjs";

export async function hostile(work) {
  await announcements(work);
  for (const protocol of [4, 5]) await unreleased(work, protocol);
}

/** Listens on a free port. Each client is answered after its first bytes. */
async function serve(answer) {
  const server = createServer((socket) => {
    socket.on("error", () => {}).once("data", () => answer(socket));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Sends headers of packets of the maximum size, and only a few bytes of their bodies. */
async function announcements({ scale, figure }) {
  const cases = {
    "SUBACK of 256 MiB": [0x90, 0xff, 0xff, 0xff, 0x7f, 0, 1],
    "PUBLISH of 256 MiB": [0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0x74],
    "PUBLISH of 256 MiB and QoS 2": [0x34, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0x74, 0, 1, 0],
    "PUBLISH with a topic and properties without end": [
      0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, 0x74, 0xff, 0xff, 0xff, 0x7e,
    ],
  };
  for (const [what, bytes] of Object.entries(cases)) {
    const server = await serve((socket) => {
      socket.write(Buffer.from([0x20, 3, 0, 0, 0, ...bytes]));
      socket.write(Buffer.alloc(100_000, "x"));
    });
    const before = await memory();
    const count = Math.max(20, Math.round(50 * Math.min(1, scale)));
    const clients = await Promise.all(
      Array.from({ length: count }, () =>
        Client.connect("127.0.0.1", server.address().port, { protocol: 5 }),
      ),
    );
    await delay(300);
    figure(`${what}: MiB more, for each of ${count} clients`, ((await memory()) - before) / count, 1);
    await Promise.all(clients.map((client) => client.disconnect({ timeout: 0 })));
    server.close();
  }
}

/** Sends messages of QoS 2 with all identifiers and releases none. The client must keep only the identifiers. */
async function unreleased({ scale, figure }, protocol) {
  const count = Math.max(32_000, Math.round(65_535 * Math.min(1, scale)));
  const payload = Buffer.alloc(8_192, "x");
  const properties = protocol === 5 ? [0] : [];
  const fixedHeader = [0x34, 0x80 | ((payload.length + 5 + properties.length) & 0x7f), payload.length >> 7];
  const front = (identifier) =>
    Buffer.from([...fixedHeader, 0, 1, 0x74, identifier >> 8, identifier & 0xff, ...properties]);
  const server = await serve(async (socket) => {
    socket.write(Buffer.from([0x20, 2 + properties.length, 0, 0, ...properties]));
    let answered = 0;
    socket.on("data", ({ length }) => {
      answered += length;
    });
    for (let identifier = 1; identifier <= count && socket.writable; identifier++) {
      socket.write(front(identifier));
      socket.write(payload);
      // Waiting for PUBRECs keeps buffered messages from dominating the measurement.
      while (identifier - answered / 4 > 256 && socket.writable) await nextTurn();
    }
  });
  const before = await memory();
  const client = await Client.connect("127.0.0.1", server.address().port, { protocol });
  for (let received = 0; received < count; received++) await client.messages.next({ timeout: 60 });
  const what = `MQTT ${protocol}, ${count} messages of 8 KiB that are never released`;
  // The allocators keep the peak of buffered messages, which exceeds the memory of all identifiers.
  figure(`${what}: MiB more`, (await memory()) - before, 96);
  await client.disconnect({ timeout: 0 });
  server.close();
}
