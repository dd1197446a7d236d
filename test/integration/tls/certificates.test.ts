import type { TlsOptions } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import { Authority, type Identity, selfSigned } from "../../support/tls/authority.ts";
import { clientVerdict, nodeVerdict } from "../../support/tls/verdicts.ts";

// The client must accept a broker's certificate exactly when node:tls does. Otherwise its error must have the same
// code.

const DAY = 86_400_000;

interface Fixtures {
  ca: string;
  intermediate: string;
  strangersCa: string;
  crl: string[];
  good: Identity;
  expired: Identity;
  notYetValid: Identity;
  elsewhere: Identity;
  onlyLocalhost: Identity;
  onlyCommonName: Identity;
  wildcard: Identity;
  ofStranger: Identity;
  self: { key: string; certificate: string };
  revoked: Identity;
  weak: Identity;
  forClients: Identity;
}

let fixtures: Fixtures;
const authorities: Authority[] = [];
beforeAll(async () => {
  const root = await Authority.create("root");
  const intermediate = await root.subordinate("intermediate");
  const stranger = await Authority.create("stranger");
  authorities.push(root, intermediate, stranger);
  const revoked = await intermediate.issue();
  await intermediate.revoke(revoked);
  fixtures = {
    ca: root.certificate,
    intermediate: intermediate.certificate,
    strangersCa: stranger.certificate,
    crl: [await root.revocations(), await intermediate.revocations()],
    revoked,
    good: await intermediate.issue(),
    expired: await intermediate.issue({
      from: new Date(Date.now() - 2 * DAY),
      until: new Date(Date.now() - DAY),
    }),
    notYetValid: await intermediate.issue({ from: new Date(Date.now() + DAY) }),
    elsewhere: await intermediate.issue({ name: "localhost", names: ["DNS:elsewhere.test", "IP:127.0.0.9"] }),
    onlyLocalhost: await intermediate.issue({ names: ["DNS:localhost"] }),
    onlyCommonName: await intermediate.issue({ name: "localhost", names: [] }),
    wildcard: await intermediate.issue({ names: ["DNS:*.brokers.test", "DNS:*.test"] }),
    ofStranger: await stranger.issue(),
    self: await selfSigned(),
    weak: await intermediate.issue({ keyType: "rsa1024" }),
    forClients: await intermediate.issue({ purpose: "client" }),
  };
});
afterAll(() => Promise.all(authorities.map((authority) => authority[Symbol.asyncDispose]())));

interface Case {
  server: (from: Fixtures) => { key: string; cert: string };
  /** Client options beside the trusted authority. */
  client?: (from: Fixtures) => { ca?: string | string[]; crl?: string[]; servername?: string };
  host?: "localhost" | "127.0.0.1" | "::1";
  code: string;
}

const withChain = ({ key, chain }: Identity) => ({ key, cert: chain });
const withoutChain = ({ key, certificate }: { key: string; certificate: string }) => ({
  key,
  cert: certificate,
});

const refused: Record<string, Case> = {
  "an expired certificate": { server: (f) => withChain(f.expired), code: "CERT_HAS_EXPIRED" },
  "a certificate that is not yet valid": {
    server: (f) => withChain(f.notYetValid),
    code: "CERT_NOT_YET_VALID",
  },
  "a certificate for another name": {
    server: (f) => withChain(f.elsewhere),
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  },
  "a certificate for another address": {
    server: (f) => withChain(f.elsewhere),
    host: "127.0.0.1",
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  },
  "a certificate for the name only, at the address": {
    server: (f) => withChain(f.onlyLocalhost),
    host: "127.0.0.1",
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  },
  "a certificate for another name than servername": {
    server: (f) => withChain(f.good),
    client: () => ({ servername: "elsewhere.test" }),
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  },
  "a wildcard certificate for another level": {
    server: (f) => withChain(f.wildcard),
    client: () => ({ servername: "a.b.brokers.test" }),
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  },
  "a wildcard certificate for a top-level domain": {
    server: (f) => withChain(f.wildcard),
    client: () => ({ servername: "localhost.test" }),
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  },
  "a certificate of an unknown authority": {
    server: (f) => withChain(f.ofStranger),
    code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  },
  "a chain that includes its unknown authority": {
    server: ({ ofStranger, strangersCa }) => ({ key: ofStranger.key, cert: ofStranger.chain + strangersCa }),
    code: "SELF_SIGNED_CERT_IN_CHAIN",
  },
  "a chain to an unknown authority": {
    server: (f) => withChain(f.good),
    client: (f) => ({ ca: f.strangersCa }),
    code: "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  },
  "a chain to a trusted intermediate authority": {
    server: (f) => withChain(f.good),
    client: (f) => ({ ca: f.intermediate }),
    code: "UNABLE_TO_GET_ISSUER_CERT",
  },
  "a chain with a gap": { server: (f) => withoutChain(f.good), code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE" },
  "a self-signed certificate": { server: (f) => withoutChain(f.self), code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  "a revoked certificate": {
    server: (f) => withChain(f.revoked),
    client: ({ crl }) => ({ crl }),
    code: "CERT_REVOKED",
  },
  "a chain with a missing revocation list": {
    server: (f) => withChain(f.good),
    client: ({ crl }) => ({ crl: crl.slice(0, 1) }),
    code: "UNABLE_TO_GET_CRL",
  },
  "a certificate for clients": { server: (f) => withChain(f.forClients), code: "INVALID_PURPOSE" },
};

const accepted: Record<string, Omit<Case, "code">> = {
  "a valid certificate, by name": { server: (f) => withChain(f.good) },
  "a valid certificate, by address": { server: (f) => withChain(f.good), host: "127.0.0.1" },
  "a valid certificate, by address of IPv6": { server: (f) => withChain(f.good), host: "::1" },
  "a certificate that is not in the revocation lists": {
    server: (f) => withChain(f.good),
    client: ({ crl }) => ({ crl }),
  },
  "a revoked certificate without a revocation list": { server: (f) => withChain(f.revoked) },
  "a certificate with the host in its common name only": { server: (f) => withChain(f.onlyCommonName) },
  "a certificate for servername": {
    server: (f) => withChain(f.elsewhere),
    client: () => ({ servername: "elsewhere.test" }),
  },
  "a wildcard certificate": {
    server: (f) => withChain(f.wildcard),
    client: () => ({ servername: "Some.Brokers.Test" }),
  },
  "a trusted self-signed certificate": {
    server: (f) => withoutChain(f.self),
    client: (f) => ({ ca: f.self.certificate }),
  },
  "a chain with a gap that the client's authorities fill": {
    server: (f) => withoutChain(f.good),
    client: (f) => ({ ca: [f.ca, f.intermediate] }),
  },
  "a certificate of one of several authorities": {
    server: (f) => withChain(f.good),
    client: (f) => ({ ca: [f.strangersCa, f.ca] }),
  },
  "a certificate of one of several authorities in one text": {
    server: (f) => withChain(f.good),
    client: (f) => ({ ca: f.strangersCa + f.ca }),
  },
};

/** The verdicts of this client and of node:tls on the same broker. */
async function verdicts(
  { server, client, host = "localhost" }: Omit<Case, "code">,
  more: { rejectUnauthorized?: boolean; allowPartialTrustChain?: boolean } = {},
) {
  const tls: TlsOptions = server(fixtures);
  await using broker = await ScriptedBroker.serving({}, { tls, ...(host === "::1" && { host }) });
  const options = { ca: fixtures.ca, ...client?.(fixtures), ...more };
  const url = `mqtts://${host === "::1" ? "[::1]" : host}:${broker.port}`;
  return {
    client: await clientVerdict(url, { tlsContext: options }),
    node: await nodeVerdict({ host, port: broker.port, ...options }),
    insecure: await clientVerdict(url, { tlsContext: options, tlsInsecure: true }),
  };
}

test.each(Object.entries(refused))("%s is refused", async (_what, { code, ...each }) => {
  // TlsInsecure skips only the check of the name.
  const insecure = code === "ERR_TLS_CERT_ALTNAME_INVALID" ? "accepted" : code;
  expect(await verdicts(each)).toEqual({ client: code, node: code, insecure });
});

test.each(Object.entries(accepted))("%s is accepted", async (_what, each) => {
  expect(await verdicts(each)).toEqual({ client: "accepted", node: "accepted", insecure: "accepted" });
});

test.each(Object.entries(refused))("%s is accepted without verification", async (_what, each) => {
  const expected = { client: "accepted", node: "accepted", insecure: "accepted" };
  expect(await verdicts(each, { rejectUnauthorized: false })).toEqual(expected);
});

test("a partial chain is accepted with allowPartialTrustChain", async () => {
  const each = refused["a chain to a trusted intermediate authority"]!;
  expect(await verdicts(each, { allowPartialTrustChain: true })).toMatchObject({ client: "accepted" });
});

test("a key that is too weak is refused, whatever the build of Node does", async () => {
  const { key, chain: cert } = fixtures.weak;
  await using broker = await ScriptedBroker.serving(
    {},
    { tls: { key, cert, ciphers: "DEFAULT@SECLEVEL=0" } },
  );
  const ca = fixtures.ca;
  const url = `mqtts://localhost:${broker.port}`;
  expect(await clientVerdict(url, { tlsContext: { ca } })).toBe("EE_KEY_TOO_SMALL");
  expect(await clientVerdict(url, { tlsContext: { ca, ciphers: "DEFAULT@SECLEVEL=0" } })).toBe("accepted");
});

describe("tlsParams", () => {
  test.each([
    ["required", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["optional", "ERR_TLS_CERT_ALTNAME_INVALID"],
    ["none", "accepted"],
  ] as const)("certReqs %s decides whether names are checked", async (certReqs, expected) => {
    const { key, chain: cert } = fixtures.elsewhere;
    await using broker = await ScriptedBroker.serving({}, { tls: { key, cert } });
    const caCerts = authorities[0]!.certificateFile;
    const url = `mqtts://localhost:${broker.port}`;
    expect(await clientVerdict(url, { tlsParams: { caCerts, certReqs } })).toBe(expected);
    const insecure = { tlsParams: { caCerts, certReqs }, tlsInsecure: true };
    expect(await clientVerdict(url, insecure)).toBe("accepted");
  });
});
