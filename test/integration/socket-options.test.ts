import { readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Client, type SocketOption, socketConstants } from "../../lib/index.ts";
import { eventually } from "../support/eventually.ts";
import { ScriptedBroker } from "../support/scripted-broker.ts";

const { SOL_SOCKET, SO_BINDTODEVICE, SO_KEEPALIVE, SO_SNDBUF, IPPROTO_TCP, TCP_NODELAY } = socketConstants;

/**
 * The timer of the open socket at this port of 127.0.0.1 (proc(5), /proc/net/tcp): 02 is for probes of an idle
 * connection. An earlier connection from the same port may still have a timer.
 */
function findTimer(port: number): string | undefined {
  const place = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const sockets = readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const established = "01";
  return sockets.find(([, local, , state]) => local === place && state === established)?.[5]?.slice(0, 2);
}

/** Whether TCP probes the peer of a client with these options. */
async function isProbedWith(socketOptions: readonly SocketOption[]): Promise<boolean> {
  await using broker = await ScriptedBroker.serving();
  await using _client = await Client.connect(broker.url, { socketOptions });
  const { socket } = await broker.accept();
  let timer: string | undefined;
  await eventually(() => {
    timer = findTimer(socket.remotePort!);
    expect(timer).toMatch(/00|02/); // other timers are for data that is not yet acknowledged
  });
  return timer === "02";
}

test("TCP probes an idle peer, unless keepalive is turned off", async () => {
  expect(await isProbedWith([])).toBe(true);
  expect(await isProbedWith([[SOL_SOCKET, SO_KEEPALIVE, false]])).toBe(false);
});

test("the last value of a repeated socket option counts", async () => {
  const on: SocketOption = [SOL_SOCKET, SO_KEEPALIVE, 1];
  const off: SocketOption = [SOL_SOCKET, SO_KEEPALIVE, 0];
  expect(await isProbedWith([on, off])).toBe(false);
  expect(await isProbedWith([off, on])).toBe(true);
});

describe("socket options that the system refuses", () => {
  test.each<[what: string, option: SocketOption, code: string]>([
    ["an unknown option", [SOL_SOCKET, 9_999, 1], "ENOPROTOOPT"],
    ["a value that is too short", [SOL_SOCKET, SO_KEEPALIVE, new Uint8Array(1)], "EINVAL"],
    ["an unknown device", [SOL_SOCKET, SO_BINDTODEVICE, Buffer.from("no-such-if\0")], "ENODEV"],
  ])("%s in socketOptions fails the connect", async (_what, option, code) => {
    await using broker = await ScriptedBroker.serving();
    await expect(Client.connect(broker.url, { socketOptions: [option] })).rejects.toMatchObject({
      name: "MqttError",
      code,
      message: expect.stringContaining(`setsockopt ${code} [${option[0]}, ${option[1]}] (connect, `),
    });
    expect(broker.sessions).toHaveLength(0);
  });
});

test("bytes are accepted as the value of a socket option", async () => {
  await using broker = await ScriptedBroker.serving();
  const device: SocketOption = [SOL_SOCKET, SO_BINDTODEVICE, Buffer.from("lo\0")];
  await using client = await Client.connect(broker.url, { socketOptions: [device] });
  await client.publish("t", "p", { qos: 1 });
});

test("Unix sockets have socket options, but not those of TCP", async () => {
  const path = join(tmpdir(), `mqtt-native-options-${process.pid}.sock`);
  await using broker = await ScriptedBroker.serving({}, { path });
  const options = (option: SocketOption) => ({ socketOptions: [option] });
  await using _client = await Client.connect(broker.url, options([SOL_SOCKET, SO_SNDBUF, 4_096]));
  await expect(Client.connect(broker.url, options([IPPROTO_TCP, TCP_NODELAY, true]))).rejects.toMatchObject({
    code: "EOPNOTSUPP",
  });
});
