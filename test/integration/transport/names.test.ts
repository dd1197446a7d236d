import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Client, ProxySettings, TLSParameters } from "../../../lib/index.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import { Authority } from "../../support/tls/authority.ts";
import { type Network, startNetwork } from "../../support/transport/network.ts";

// The different notations of transports.

let network: Network;
beforeAll(async () => {
  network = await startNetwork();
});
afterAll(() => network[Symbol.asyncDispose]());

const ways: Record<string, (network: Network) => Client> = {
  "tcp:": ({ ports }) => new Client(`tcp://localhost:${ports.mqtt}`),
  "transport: tcp": ({ ports }) => new Client("localhost", ports.mqtt, { transport: "tcp" }),
  "ssl:": ({ ports, ca }) => new Client(`ssl://localhost:${ports.mqtts}`, { tlsContext: { ca } }),
  "a URL object": ({ ports, ca }) =>
    new Client(new URL(`mqtts://localhost:${ports.mqtts}`), { tlsContext: { ca } }),
  "tlsContext alone": ({ ports, ca }) => new Client("localhost", ports.mqtts, { tlsContext: { ca } }),
  "tlsParams alone": ({ ports, caFile: caCerts }) =>
    new Client("localhost", { port: ports.mqtts, tlsParams: { caCerts } }),
  TLSParameters: ({ ports, caFile: caCerts }) =>
    new Client("localhost", ports.mqtts, { tlsParams: new TLSParameters({ caCerts }) }),
  "transport: websockets": ({ ports }) => new Client("localhost", ports.ws, { transport: "websockets" }),
  "transport: websockets, with tlsContext": ({ ports, ca }) =>
    new Client("localhost", ports.wss, { transport: "websockets", tlsContext: { ca } }),
  "transport: unix": ({ path }) => new Client(path, { transport: "unix" }),
  "transport: unix, with @": ({ abstractName }) => new Client(`@${abstractName}`, { transport: "unix" }),
  "transport: unix, with NUL": ({ abstractName }) => new Client(`\0${abstractName}`, { transport: "unix" }),
  ProxySettings: ({ ports, proxies }) =>
    new Client("localhost", ports.mqtt, {
      proxy: new ProxySettings({ proxyType: "socks5", proxyAddr: "127.0.0.1", proxyPort: proxies.socks5 }),
    }),
};

test.each(Object.entries(ways))("a client connects by the notation %s", async (_what, make) => {
  await using client = make(network);
  await client.connect();
  await client.publish("there", "", { qos: 1 });
});

test("TLS over a Unix socket expects a certificate for localhost, unless servername is given", async () => {
  await using root = await Authority.create("root");
  const { key, chain: cert } = await root.issue({ names: ["DNS:localhost"] });
  const directory = await mkdtemp(join(tmpdir(), "mqtt-native-names-"));
  const path = join(directory, "socket");
  await using _broker = await ScriptedBroker.serving({}, { path, tls: { key, cert } });
  const ca = root.certificate;
  await using client = new Client(path, { transport: "unix", tlsContext: { ca } });
  await client.connect();
  const other = new Client(path, { transport: "unix", tlsContext: { ca, servername: "elsewhere.test" } });
  await expect(other.connect()).rejects.toMatchObject({ code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  await rm(directory, { recursive: true });
});
