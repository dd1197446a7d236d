import type { TLSSocket, TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, type ClientOptions } from "../../../lib/index.ts";
import { startMosquitto } from "../../support/mosquitto.ts";
import { PeerServer } from "../../support/peer.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { ScriptedSession } from "../../support/scripted-session.ts";
import { Authority, type Identity } from "../../support/tls/authority.ts";
import { clientVerdict, nodeVerdict } from "../../support/tls/verdicts.ts";

// What client and broker agree on in the handshake, compared with what node:tls would.

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

const tlsOf = ({ stream }: ScriptedSession) => stream as TLSSocket;

/** What both say of the same broker. */
async function verdicts(more: TlsOptions, context: Context) {
  await using broker = await brokerWith(more);
  const options = { ca: root.certificate, ...context };
  return {
    client: await clientVerdict(broker.url, { tlsContext: options }),
    node: await nodeVerdict({ host: "127.0.0.1", port: broker.port, ...(options as object) }),
  };
}

/** The broker's end of a connection that works. */
async function negotiated(more: TlsOptions, context: Context, host = "127.0.0.1") {
  await using broker = await brokerWith(more);
  const url = `mqtts://${host}:${broker.port}`;
  await using _client = await Client.connect(url, { tlsContext: { ca: root.certificate, ...context } });
  const tls = tlsOf(await broker.accept());
  return {
    version: tls.getProtocol(),
    cipher: tls.getCipher().name,
    alpn: tls.alpnProtocol,
    name: (tls as TLSSocket & { servername: unknown }).servername,
    peer: tls.getPeerCertificate().subject?.CN,
  };
}

describe("the version", () => {
  test.each([
    ["1.3 unless somebody is against it", {}, {}, "TLSv1.3"],
    ["1.2 when the broker has no other", { maxVersion: "TLSv1.2" }, {}, "TLSv1.2"],
    ["1.2 when we want no other", {}, { maxVersion: "TLSv1.2" }, "TLSv1.2"],
    ["1.3 when we want no other", {}, { minVersion: "TLSv1.3" }, "TLSv1.3"],
  ] as const)("%s", async (_what, broker, context, version) => {
    expect(await negotiated(broker, context)).toMatchObject({ version });
  });

  test.each([
    ["a broker that is too old", { maxVersion: "TLSv1.2" }, { minVersion: "TLSv1.3" }],
    ["a broker that is too new", { minVersion: "TLSv1.3" }, { maxVersion: "TLSv1.2" }],
  ] as const)("%s", async (_what, broker, context) => {
    const code = "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION";
    expect(await verdicts(broker, context)).toEqual({ client: code, node: code });
  });

  test("a broker of the past", async () => {
    const old: TlsOptions = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" };
    const { client, node } = await verdicts(old, {});
    expect(client).toBe(node);
  });
});

describe("the cipher", () => {
  test.each([
    ["ECDHE-ECDSA-CHACHA20-POLY1305", "TLSv1.2"],
    ["TLS_AES_128_GCM_SHA256", "TLSv1.3"],
  ] as const)("%s, as we want it", async (ciphers, maxVersion) => {
    expect(await negotiated({}, { ciphers, maxVersion })).toMatchObject({
      cipher: ciphers,
      version: maxVersion,
    });
  });

  test("none that both have", async () => {
    const broker = { ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384", maxVersion: "TLSv1.2" } as const;
    const code = "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE";
    expect(await verdicts(broker, { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" })).toEqual({
      client: code,
      node: code,
    });
  });

  test("a list with nothing in it", async () => {
    const code = "ERR_SSL_NO_CIPHER_MATCH";
    expect(await verdicts({}, { ciphers: "NO-SUCH-CIPHER" })).toEqual({ client: code, node: code });
  });
});

describe("ALPN", () => {
  test("the broker chooses among what we offer", async () => {
    const broker = { ALPNProtocols: ["x", "mqtt"] };
    expect(await negotiated(broker, { ALPNProtocols: ["http/1.1", "mqtt"] })).toMatchObject({ alpn: "mqtt" });
  });

  test("nothing is offered unless we say so", async () => {
    expect(await negotiated({ ALPNProtocols: ["mqtt"] }, {})).toMatchObject({ alpn: false });
  });

  test("the broker wants none of it", async () => {
    const { client, node } = await verdicts({ ALPNProtocols: ["mqtt"] }, { ALPNProtocols: ["http/1.1"] });
    expect(client).toBe(node);
    expect(client).toMatch(/^ERR_SSL_.*NO_APPLICATION_PROTOCOL$/);
  });
});

describe("the name that is asked for", () => {
  test.each([
    ["the host", "localhost", {}, "localhost"],
    ["nothing for an address", "127.0.0.1", {}, false],
    ["what servername says", "127.0.0.1", { servername: "localhost" }, "localhost"],
  ])("%s", async (_what, host, context, name) => {
    expect(await negotiated({}, context, host)).toMatchObject({ name });
  });
});

describe.each(["TLSv1.2", "TLSv1.3"] as const)("our certificate, with %s", (version) => {
  const wanted = (): TlsOptions => ({
    requestCert: true,
    rejectUnauthorized: true,
    ca: root.certificate,
    minVersion: version,
    maxVersion: version,
  });

  test("is shown when the broker asks for it, and not otherwise", async () => {
    const ours = { cert: us.chain, key: us.key };
    expect(await negotiated(wanted(), ours)).toMatchObject({ peer: "us" });
    expect(await negotiated({}, ours)).toMatchObject({ peer: undefined });
  });

  test("is missed", async () => {
    const { client, node } = await verdicts(wanted(), {});
    expect(client).toBe(node);
    expect(client).toBe(
      version === "TLSv1.2"
        ? "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"
        : "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED",
    );
  });

  test("is of somebody whom the broker does not know", async () => {
    // Mosquitto says why; node:tls as a server just closes.
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

describe.each(["TLSv1.2", "TLSv1.3"] as const)("a session of %s", (maxVersion) => {
  test.each(["disconnecting", "a loss"])("is resumed when a client connects again after %s", async (what) => {
    await using broker = await brokerWith({ maxVersion });
    await using client = new Client(broker.url, { tlsContext: { ca: root.certificate } });
    for (const isReused of [false, true]) {
      await client.connect();
      await client.publish("so that", "its ticket has come", { qos: 1 });
      const session = await broker.accept();
      expect(tlsOf(session).isSessionReused()).toBe(isReused);
      if (what === "a loss") session.reset();
      else await client.disconnect();
      await client.closed;
    }
  });

  test("is not resumed by another client", async () => {
    await using broker = await brokerWith({ maxVersion });
    for (let round = 0; round < 2; round++) {
      await using client = await Client.connect(broker.url, { tlsContext: { ca: root.certificate } });
      await client.publish("so that", "its ticket has come", { qos: 1 });
      expect(tlsOf(await broker.accept()).isSessionReused()).toBe(false);
    }
  });

  test("that the broker has forgotten is replaced", async () => {
    const port = await (async () => {
      await using before = await brokerWith({ maxVersion });
      return before.port;
    })();
    const tls = { key: server.key, cert: server.chain, maxVersion };
    const client = new Client(`mqtts://127.0.0.1:${port}`, { tlsContext: { ca: root.certificate } });
    for (let round = 0; round < 3; round++) {
      // Another process, as it were: it cannot read the tickets of the one before.
      await using broker = await ScriptedBroker.serving({}, { tls, port });
      await client.connect();
      await client.publish("so that", "its ticket has come", { qos: 1 });
      expect(tlsOf(await broker.accept()).isSessionReused()).toBe(false);
      await client.disconnect();
    }
  });
});

describe("no TLS where TLS is expected", () => {
  test.each([
    ["a broker without it", "\x20\x03\0\0\0"],
    ["a web server", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  ])("%s", async (_what, answer) => {
    await using server = await PeerServer.start(async (peer) => {
      await peer.take(1);
      await peer.send(answer);
    });
    const options = { host: "127.0.0.1", port: server.port };
    const verdict = await clientVerdict(`mqtts://127.0.0.1:${server.port}`);
    expect(verdict).toBe(await nodeVerdict(options));
    expect(verdict).toMatch(/^ERR_SSL_/);
  });

  test("and the other way round: a client without it", async () => {
    await using broker = await brokerWith();
    expect(await clientVerdict(`mqtt://127.0.0.1:${broker.port}`)).toMatch(
      /^(CONNECTION_LOST|PROTOCOL_ERROR)$/,
    );
  });
});
