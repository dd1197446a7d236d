import { connect } from "node:net";
import mqtt, { type IClientOptions, MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { u8 } from "../../support/bytes.ts";
import { eventually } from "../../support/eventually.ts";
import { Peer } from "../../support/peer.ts";
import { everyByte, Relay } from "../../support/relay.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import { Authority } from "../../support/tls/authority.ts";
import { type Network, startNetwork } from "../../support/transport/network.ts";

// The servers that the tests of this folder use, tried with an independent client.

/** The message that a client receives after it has subscribed and published. */
async function echo(url: string, options: IClientOptions = {}): Promise<string> {
  const client = await mqtt.connectAsync(url, { reconnectPeriod: 0, connectTimeout: 5_000, ...options });
  try {
    return await echoed(client);
  } finally {
    await client.endAsync(true);
  }
}

async function echoed(client: MqttClient): Promise<string> {
  const received = new Promise<string>((resolve) =>
    client.on("message", (_topic, payload) => resolve(payload.toString())),
  );
  await client.subscribeAsync("echo");
  await client.publishAsync("echo", "heard");
  return await received;
}

describe("the test network", () => {
  let network: Network;
  beforeAll(async () => {
    network = await startNetwork();
  });
  afterAll(() => network[Symbol.asyncDispose]());

  test.each(["mqtt", "mqtts", "ws", "wss"] as const)(
    "MQTT.js connects to the test network by %s",
    async (scheme) => {
      const url = `${scheme}://localhost:${network.ports[scheme]}/mqtt`;
      expect(await echo(url, { ca: network.ca })).toBe("heard");
    },
  );

  test.each(["ws", "wss"] as const)("MQTT.js connects to mosquitto's own listener for %s", async (scheme) => {
    const url = `${scheme}://127.0.0.1:${network.mosquitto[scheme]}/mqtt`;
    expect(await echo(url, { ca: network.ca })).toBe("heard");
  });

  test("mutual TLS admits only clients with a certificate", async () => {
    const url = `mqtts://127.0.0.1:${network.mosquitto.mutualTls}`;
    const { chain: cert, key } = network.identity;
    expect(await echo(url, { ca: network.ca, cert, key })).toBe("heard");
    await expect(echo(url, { ca: network.ca })).rejects.toThrow(/certificate required/);
  });

  test("MQTT.js connects by a Unix socket and by an abstract one", async () => {
    for (const path of [network.path, `\0${network.abstractName}`]) {
      const client = new MqttClient(() => connect({ path }), { reconnectPeriod: 0 });
      expect(await echoed(client)).toBe("heard");
      await client.endAsync(true);
    }
  });

  test("MQTT.js connects by WebSocket through nginx", async () => {
    expect(await echo(`ws://127.0.0.1:${network.nginx}/mqtt`)).toBe("heard");
  });

  test.each([
    ["socks4", "socks4"],
    ["socks4", "socks4a"],
    ["socks5", "socks5"],
    ["socks5", "socks5h"],
  ] as const)("MQTT.js connects through the %s proxy by %s", async (proxy, scheme) => {
    const socksProxy = `${scheme}://127.0.0.1:${network.proxies[proxy]}`;
    expect(await echo(`mqtt://localhost:${network.ports.mqtt}`, { socksProxy })).toBe("heard");
  });
  test.each([
    ["pass", 0],
    ["wrong", 2],
  ])("the proxy socks5WithPassword answers the password %s with status %i", async (password, status) => {
    const peer = new Peer(connect(network.proxies.socks5WithPassword, "127.0.0.1"));
    await peer.send(Buffer.of(5, 1, 2));
    expect([...(await peer.take(2))]).toEqual([5, 2]);
    await peer.send(
      Buffer.concat([Buffer.of(1, 4), Buffer.from("user"), u8(password.length), Buffer.from(password)]),
    );
    expect([...(await peer.take(2))]).toEqual([1, status]);
    peer.stream.destroy();
  });

  test.each([
    ["http", undefined, /^HTTP\/1.[01] 200 /],
    ["httpWithPassword", "user:pass", /^HTTP\/1.[01] 200 /],
    ["httpWithPassword", "user:wrong", /^HTTP\/1.[01] 401 /],
    ["httpWithPassword", undefined, /^HTTP\/1.[01] 407 /],
  ] as const)("the proxy %s answers the credentials %s as expected", async (proxy, login, expected) => {
    const peer = new Peer(connect(network.proxies[proxy], "127.0.0.1"));
    await peer.send(connectRequest(`localhost:${network.ports.mqtt}`, login));
    expect((await peer.takeUntil("\r\n\r\n")).toString()).toMatch(expected);
    if (login !== "user:pass") return;
    await peer.send(Buffer.from("100f00044d5154540402003c000378797a", "hex"));
    expect((await peer.take(4)).toString("hex")).toBe("20020000");
    peer.stream.destroy();
  });
});

function connectRequest(destination: string, login: string | undefined): string {
  const credentials = login ? `Proxy-Authorization: Basic ${Buffer.from(login).toString("base64")}\r\n` : "";
  return `CONNECT ${destination} HTTP/1.1\r\nHost: ${destination}\r\n${credentials}\r\n`;
}

describe("the scripted broker", () => {
  test.each([
    ["TLS", true, false],
    ["WebSocket", false, true],
    ["WebSocket over TLS", true, true],
  ])(
    "MQTT.js connects to the scripted broker over %s, directly and byte by byte",
    async (_name, secure, overWebSocket) => {
      await using root = await Authority.create("root");
      const { key, chain: cert } = await root.issue();
      await using broker = await ScriptedBroker.serving(
        {},
        { ...(secure && { tls: { key, cert } }), ...(overWebSocket && { webSocket: true }) },
      );
      await using relay = await Relay.to(broker, { cutter: everyByte });
      for (const [port, size] of [
        [broker.port, 70_000], // a frame with the longest length field
        [relay.port, 300],
      ] as const) {
        const url = broker.url.replace(String(broker.port), String(port));
        const client = await mqtt.connectAsync(url, { ca: root.certificate, reconnectPeriod: 0 });
        const session = await broker.accept();
        const payload = Buffer.alloc(size, "p");
        await client.publishAsync("t", payload, { qos: 2 });
        expect((await session.waitFor("PUBLISH")).payload.equals(payload)).toBe(true);
        await client.endAsync();
        expect(await session.closed).toBe(undefined);
      }
      expect(broker.failures).toEqual([]);
    },
  );

  test("the scripted broker reports why a client did not get as far as MQTT", async () => {
    await using root = await Authority.create("root");
    const { key, chain: cert } = await root.issue();
    await using broker = await ScriptedBroker.start({ tls: { key, cert } });
    await expect(echo(broker.url)).rejects.toMatchObject({ code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" });
    await eventually(() => expect(broker.failures).toHaveLength(1));
  });
});
