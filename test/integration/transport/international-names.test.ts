import type { TLSSocket } from "node:tls";
import { expect, test } from "vitest";
import { Client, type ClientOptions } from "../../../lib/index.ts";
import { ScriptedProxy } from "../../support/proxies/scripted-proxy.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import { Authority } from "../../support/tls/authority.ts";
import { clientVerdict } from "../../support/tls/verdicts.ts";

// IDNA maps the full-width l to the ASCII letter, so this name needs no name server.
const LOCALHOST = "\uff4cocalhost";
const ENCODED = "%EF%BD%8Cocalhost";

test.each([LOCALHOST, LOCALHOST.toUpperCase()])("%s is looked up as localhost", async (host) => {
  await using broker = await ScriptedBroker.serving();
  await using _client = await Client.connect(host, broker.port);
  await broker.accept();
});

test.each([
  ["mqtt", LOCALHOST],
  ["mqtt", ENCODED],
  ["mqtt", "%6cocalhost"],
  ["ws", LOCALHOST],
  ["ws", ENCODED],
])("%s://%s is looked up as localhost", async (scheme, host) => {
  await using broker = await ScriptedBroker.serving({}, scheme === "ws" ? { webSocket: true } : {});
  for (const url of [`${scheme}://${host}:${broker.port}`, new URL(`${scheme}://${host}:${broker.port}`)]) {
    await using _client = await Client.connect(url);
    await broker.accept();
  }
});

test("SNI and the certificate check use the converted name", async () => {
  await using root = await Authority.create("root");
  const { key, chain: cert } = await root.issue({ names: ["DNS:localhost", "DNS:xn--bcher-kva.example"] });
  await using broker = await ScriptedBroker.serving({}, { tls: { key, cert } });
  const ca = root.certificate;
  const nameFor = async (host: string, servername?: string) => {
    await using _client = await Client.connect(host, broker.port, { tlsContext: { ca, servername } });
    return ((await broker.accept()).stream as TLSSocket & { servername: unknown }).servername;
  };
  expect(await nameFor(LOCALHOST)).toBe("localhost");
  expect(await nameFor("127.0.0.1", "B\u00fccher.example")).toBe("xn--bcher-kva.example");
  const elsewhere = { tlsContext: { ca, servername: "b\u00fccher.test" } };
  expect(await clientVerdict(broker.url, elsewhere)).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
});

test.each([
  ["socks4", "socks4a"],
  ["socks5", "socks5"],
  ["http", "http"],
] as const)("%s: the proxy's name and its request are converted", async (proxyType, kind) => {
  await using proxy = await ScriptedProxy.start();
  await using broker = await ScriptedBroker.serving();
  const options: ClientOptions = { proxy: { proxyType, proxyAddr: LOCALHOST, proxyPort: proxy.port } };
  await using _client = await Client.connect(LOCALHOST, broker.port, options);
  const unknown = "b\u00fccher.invalid";
  await expect(Client.connect(`mqtt://${unknown}`, options)).rejects.toMatchObject({ code: "PROXY_REFUSED" });
  expect(proxy.requests).toMatchObject([
    { kind, host: "localhost" },
    { kind, host: "xn--bcher-kva.invalid", port: 1883 },
  ]);
});

test("the text of an error has the converted name", async () => {
  const name = `b\u00fccher.${"a".repeat(64)}.invalid`; // no name server is asked for a label that is too long
  await expect(Client.connect(name)).rejects.toMatchObject({
    message: expect.stringContaining("xn--bcher-kva."),
    code: expect.stringMatching(/^(ENOTFOUND|EAI_\w+)$/),
  });
});
