import type { TLSSocket, TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, type ClientOptions } from "../../../lib/index.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { PeerServer } from "../../support/peer.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";
import { Authority, type Identity } from "../../support/tls/authority.ts";
import { clientVerdict, nodeVerdict } from "../../support/tls/verdicts.ts";

// The results of TLS handshakes, compared with those of node:tls.

let root: Authority;
let server: Identity;
let us: Identity;
beforeAll(async () => {
  root = await Authority.create("root");
  server = await root.issue();
  us = await root.issue({ name: "us", purpose: "client", names: [] });
});
afterAll(() => root[Symbol.asyncDispose]());

type Context = NonNullable<ClientOptions["tlsContext"]>;

const brokerWith = (more: TlsOptions = {}) =>
  ScriptedBroker.serving({}, { tls: { key: server.key, cert: server.chain, ...more } });

const tlsSocket = ({ stream }: ScriptedSession) => stream as TLSSocket;

/** The verdicts of this client and of node:tls on the same broker. */
async function verdicts(more: TlsOptions, context: Context) {
  await using broker = await brokerWith(more);
  const options = { ca: root.certificate, ...context };
  return {
    client: await clientVerdict(broker.url, { tlsContext: options }),
    node: await nodeVerdict({ host: "127.0.0.1", port: broker.port, ...(options as object) }),
  };
}

/** The properties of a successful handshake, seen from the broker. */
async function negotiated(more: TlsOptions, context: Context, host = "127.0.0.1") {
  await using broker = await brokerWith(more);
  const url = `mqtts://${host}:${broker.port}`;
  await using _client = await Client.connect(url, { tlsContext: { ca: root.certificate, ...context } });
  const tls = tlsSocket(await broker.accept());
  return {
    version: tls.getProtocol(),
    cipher: tls.getCipher().name,
    alpn: tls.alpnProtocol,
    name: (tls as TLSSocket & { servername: unknown }).servername,
    peer: tls.getPeerCertificate().subject?.CN,
  };
}

describe("the TLS version", () => {
  test.each([
    ["1.3 by default", {}, {}, "TLSv1.3"],
    ["1.2 when the broker has no other", { maxVersion: "TLSv1.2" }, {}, "TLSv1.2"],
    ["1.2 when the client allows no other", {}, { maxVersion: "TLSv1.2" }, "TLSv1.2"],
    ["1.3 when the client allows no other", {}, { minVersion: "TLSv1.3" }, "TLSv1.3"],
  ] as const)("the TLS version is %s", async (_what, broker, context, version) => {
    expect(await negotiated(broker, context)).toMatchObject({ version });
  });

  test.each([
    ["a broker with too old versions", { maxVersion: "TLSv1.2" }, { minVersion: "TLSv1.3" }],
    ["a broker with too new versions", { minVersion: "TLSv1.3" }, { maxVersion: "TLSv1.2" }],
  ] as const)("%s fails the handshake with Node's code", async (_what, broker, context) => {
    const code = "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION";
    expect(await verdicts(broker, context)).toEqual({ client: code, node: code });
  });

  test("a broker with TLS 1.1 fails the handshake with Node's code", async () => {
    const old: TlsOptions = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" };
    const { client, node } = await verdicts(old, {});
    expect(client).toBe(node);
  });
});

describe("ciphers", () => {
  test.each([
    ["ECDHE-ECDSA-CHACHA20-POLY1305", "TLSv1.2"],
    ["TLS_AES_128_GCM_SHA256", "TLSv1.3"],
  ] as const)("the cipher %s is used when the client asks for it", async (ciphers, maxVersion) => {
    expect(await negotiated({}, { ciphers, maxVersion })).toMatchObject({
      cipher: ciphers,
      version: maxVersion,
    });
  });

  test("disjoint cipher lists fail the handshake with Node's code", async () => {
    const broker = { ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384", maxVersion: "TLSv1.2" } as const;
    const code = "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE";
    expect(await verdicts(broker, { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" })).toEqual({
      client: code,
      node: code,
    });
  });

  test("a cipher list without a known cipher fails with Node's code", async () => {
    const code = "ERR_SSL_NO_CIPHER_MATCH";
    expect(await verdicts({}, { ciphers: "NO-SUCH-CIPHER" })).toEqual({ client: code, node: code });
  });
});

describe("ALPN", () => {
  test("the broker chooses among the ALPN protocols of the client", async () => {
    const broker = { ALPNProtocols: ["x", "mqtt"] };
    expect(await negotiated(broker, { ALPNProtocols: ["http/1.1", "mqtt"] })).toMatchObject({ alpn: "mqtt" });
  });

  test("the client offers no ALPN protocol by default", async () => {
    expect(await negotiated({ ALPNProtocols: ["mqtt"] }, {})).toMatchObject({ alpn: false });
  });

  test("a broker without a common ALPN protocol fails the handshake", async () => {
    const { client, node } = await verdicts({ ALPNProtocols: ["mqtt"] }, { ALPNProtocols: ["http/1.1"] });
    expect(client).toBe(node);
    expect(client).toMatch(/^ERR_SSL_.*NO_APPLICATION_PROTOCOL$/);
  });
});

describe("the server name (SNI)", () => {
  test.each([
    ["the host", "localhost", {}, "localhost"],
    ["nothing for an address", "127.0.0.1", {}, false],
    ["the option servername", "127.0.0.1", { servername: "localhost" }, "localhost"],
  ])("the server name (SNI) is %s", async (_what, host, context, name) => {
    expect(await negotiated({}, context, host)).toMatchObject({ name });
  });
});

describe.each(["TLSv1.2", "TLSv1.3"] as const)("the client's certificate with %s", (version) => {
  const wanted = (): TlsOptions => ({
    requestCert: true,
    rejectUnauthorized: true,
    ca: root.certificate,
    minVersion: version,
    maxVersion: version,
  });

  test("the client sends its certificate only when the broker asks for it", async () => {
    const ours = { cert: us.chain, key: us.key };
    expect(await negotiated(wanted(), ours)).toMatchObject({ peer: "us" });
    expect(await negotiated({}, ours)).toMatchObject({ peer: undefined });
  });

  test("a missing client certificate fails the handshake with Node's code", async () => {
    const { client, node } = await verdicts(wanted(), {});
    expect(client).toBe(node);
    expect(client).toBe(
      version === "TLSv1.2"
        ? "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"
        : "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    );
  });

  test("a client certificate of an unknown authority is refused with Node's code", async () => {
    // Mosquitto sends an alert, but node:tls as a server only closes.
    await using broker = await startMosquitto({
      listeners: [
        [
          ...[`certfile ${server.chainFile}`, `keyfile ${server.keyFile}`],
          ...[`cafile ${root.certificateFile}`, "require_certificate true"],
        ],
      ],
    });
    await using stranger = await Authority.create("stranger");
    const { chain, key } = await stranger.issue({ purpose: "client" });
    const [port = 0] = broker.furtherPorts;
    const options = { ca: root.certificate, cert: chain, key, maxVersion: version };
    const code = "ERR_SSL_TLSV1_ALERT_UNKNOWN_CA";
    expect(await clientVerdict(`mqtts://127.0.0.1:${port}`, { tlsContext: options })).toBe(code);
    expect(await nodeVerdict({ host: "127.0.0.1", port, ...options })).toBe(code);
  });
});

describe.each(["TLSv1.2", "TLSv1.3"] as const)("TLS sessions with %s", (maxVersion) => {
  test.each(["disconnecting", "a loss"])("a TLS session is resumed after %s", async (what) => {
    await using broker = await brokerWith({ maxVersion });
    await using client = new Client(broker.url, { tlsContext: { ca: root.certificate } });
    for (const isReused of [false, true]) {
      await client.connect();
      await client.publish("so that", "its ticket has come", { qos: 1 });
      const session = await broker.accept();
      expect(tlsSocket(session).isSessionReused()).toBe(isReused);
      if (what === "a loss") session.reset();
      else await client.disconnect();
      await client.closed;
    }
  });

  test("a TLS session is not resumed by another client", async () => {
    await using broker = await brokerWith({ maxVersion });
    for (let round = 0; round < 2; round++) {
      await using client = await Client.connect(broker.url, { tlsContext: { ca: root.certificate } });
      await client.publish("so that", "its ticket has come", { qos: 1 });
      expect(tlsSocket(await broker.accept()).isSessionReused()).toBe(false);
    }
  });

  test("a TLS session that the broker cannot resume is replaced", async () => {
    const port = await (async () => {
      await using before = await brokerWith({ maxVersion });
      return before.port;
    })();
    const tls = { key: server.key, cert: server.chain, maxVersion };
    const client = new Client(`mqtts://127.0.0.1:${port}`, { tlsContext: { ca: root.certificate } });
    for (let round = 0; round < 3; round++) {
      // A new broker, like a new process, cannot decrypt the tickets of the one before.
      await using broker = await ScriptedBroker.serving({}, { tls, port });
      await client.connect();
      await client.publish("so that", "its ticket has come", { qos: 1 });
      expect(tlsSocket(await broker.accept()).isSessionReused()).toBe(false);
      await client.disconnect();
    }
  });
});

describe("no TLS where TLS is expected", () => {
  test.each([
    ["a broker without TLS", "\x20\x03\0\0\0"],
    ["a web server without TLS", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  ])("%s fails the handshake with Node's code", async (_what, answer) => {
    await using server = await PeerServer.start(async (peer) => {
      await peer.take(1);
      await peer.send(answer);
    });
    const options = { host: "127.0.0.1", port: server.port };
    const verdict = await clientVerdict(`mqtts://127.0.0.1:${server.port}`);
    expect(verdict).toBe(await nodeVerdict(options));
    expect(verdict).toMatch(/^ERR_SSL_/);
  });

  test("a client without TLS gets no connection to a broker with TLS", async () => {
    await using broker = await brokerWith();
    expect(await clientVerdict(`mqtt://127.0.0.1:${broker.port}`)).toMatch(
      /^(CONNECTION_LOST|PROTOCOL_ERROR)$/,
    );
  });
});
