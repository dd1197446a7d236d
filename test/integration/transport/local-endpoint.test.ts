import { lookup } from "node:dns/promises";
import { describe, expect, test } from "vitest";
import { Client } from "../../../lib/index.ts";
import { freePort } from "../../../scripts/services.mjs";
import { ScriptedProxy } from "../../support/proxies/scripted-proxy.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";

describe("the local endpoint of a connection", () => {
  test("bindAddress sets the local address", async () => {
    await using broker = await ScriptedBroker.serving();
    await using _client = await Client.connect(broker.url, { bindAddress: "127.0.0.9" });
    expect((await broker.accept()).socket.remoteAddress).toBe("127.0.0.9");
  });

  test("bindAddress sets the local address of IPv6", async () => {
    await using broker = await ScriptedBroker.serving({}, { host: "::1" });
    await using _client = await Client.connect(broker.url, { bindAddress: "::1" });
    expect((await broker.accept()).socket.remoteAddress).toBe("::1");
  });

  test("bindPort sets the local port of one connection after the other", async () => {
    await using broker = await ScriptedBroker.serving();
    const bindPort = await freePort();
    const client = new Client(broker.url, { bindPort });
    for (let round = 0; round < 3; round++) {
      await client.connect();
      expect((await broker.accept()).socket.remotePort).toBe(bindPort);
      await client.disconnect();
    }
  });

  test("bindAddress and bindPort work together", async () => {
    await using broker = await ScriptedBroker.serving();
    const bindPort = await freePort("127.0.0.9");
    await using _client = await Client.connect(broker.url, { bindAddress: "127.0.0.9", bindPort });
    const { remoteAddress, remotePort } = (await broker.accept()).socket;
    expect([remoteAddress, remotePort]).toEqual(["127.0.0.9", bindPort]);
  });

  test("bindAddress applies to the connection to a proxy", async () => {
    await using broker = await ScriptedBroker.serving();
    await using proxy = await ScriptedProxy.start();
    const settings = { proxyType: "socks5", proxyAddr: "127.0.0.1", proxyPort: proxy.port } as const;
    await using _client = await Client.connect(broker.url, { proxy: settings, bindAddress: "127.0.0.9" });
    expect(proxy.clients).toEqual(["127.0.0.9"]);
    expect((await broker.accept()).socket.remoteAddress).toBe("127.0.0.1");
  });

  test.each([
    ["another machine", { bindAddress: "192.0.2.1" }, "EADDRNOTAVAIL"],
    ["another address family", { bindAddress: "::1" }, expect.any(String)],
  ])("a bindAddress of %s is an error", async (_what, options, code) => {
    await using broker = await ScriptedBroker.serving();
    await expect(Client.connect(broker.url, options)).rejects.toMatchObject({ name: "MqttError", code });
    expect(broker.sessions).toHaveLength(0);
  });

  test("a bindPort that is in use is an error", async () => {
    await using broker = await ScriptedBroker.serving();
    await using other = await ScriptedBroker.serving();
    const options = { bindAddress: "127.0.0.1", bindPort: other.port };
    await expect(Client.connect(broker.url, options)).rejects.toMatchObject({ code: "EADDRINUSE" });
  });
});

const addresses = (await lookup("localhost", { all: true })).map(({ address }) => address);

test.skipIf(!addresses.includes("::1")).each(["127.0.0.1", "::1"])(
  "a client connects to localhost when only %s of its addresses has a listener",
  async (host) => {
    await using broker = await ScriptedBroker.serving({}, { host });
    await using _client = await Client.connect(`mqtt://localhost:${broker.port}`);
    expect(broker.sessions).toHaveLength(1);
  },
);

test("a client connects to localhost", async () => {
  await using broker = await ScriptedBroker.serving();
  await using _client = await Client.connect("localhost", broker.port);
  expect(broker.sessions).toHaveLength(1);
});
