import { describe, expect, test } from "vitest";
import { TLSParameters } from "../../../lib/index.ts";
import { parseTarget } from "../../support/parse-target.ts";

const pem = (text: string) => `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
const source = (text: string | Uint8Array, passphrase?: string) => ({ bytes: Buffer.from(text), passphrase });
const context = (tlsContext: object) => parseTarget("broker", { tlsContext }).tls;
const parameters = (tlsParams: object) => parseTarget("broker", { tlsParams }).tls;

const defaults = {
  authorities: undefined,
  revocations: [],
  partialChains: false,
  verify: true,
  verifyName: true,
  certificates: [],
  keys: [],
  pfx: [],
  serverName: undefined,
  ciphers: "",
  minVersion: 12,
  maxVersion: 13,
  protocols: [],
  reload: false,
};

describe("TLS is on", () => {
  test.each([
    [["mqtts://broker"]],
    [["ssl://broker"]],
    [["tls://broker"]],
    [["wss://broker"]],
    [["broker", { tlsContext: {} }]],
    [["broker", { tlsParams: {} }]],
    [["broker", { tlsParams: new TLSParameters() }]],
    [["mqtt://broker", { tlsContext: {} }]],
    [["ws://broker", { tlsContext: {} }]],
    [["unix:/run/x", { tlsContext: {} }]],
    [["mqtts://broker", { tlsInsecure: false }]],
  ])("TLS is used with %j", (args) => {
    expect(parseTarget(...args).tls).toEqual(defaults);
  });

  test.each([[["broker"]], [["mqtt://broker"]], [["ws://broker"]], [["broker", { tlsInsecure: false }]]])(
    "TLS is not used with %j",
    (args) => {
      expect(parseTarget(...args).tls).toBeUndefined();
    },
  );

  test.each([
    [["mqtts://broker", { tlsInsecure: true }]],
    [["broker", { tlsInsecure: true, tlsContext: {} }]],
    [["broker", { tlsInsecure: true, tlsParams: {} }]],
  ])("TLS does not verify names with %j", (args) => {
    expect(parseTarget(...args).tls).toEqual({ ...defaults, verifyName: false });
  });
});

test.each<[options: object, message: RegExp]>([
  [{ tlsContext: {}, tlsParams: {} }, /tlsContext and tlsParams exclude each other: both configure TLS/],
  [{ tlsInsecure: true }, /tlsInsecure needs TLS/],
  [{ tlsInsecure: "yes", tlsParams: {} }, /tlsInsecure must be a boolean, not 'yes'/],
])("%j is refused", (options, message) => {
  expect(() => parseTarget("broker", options)).toThrow(message);
});

describe("tlsContext", () => {
  test("certificates and keys are text, bytes, or several of these", () => {
    const der = new Uint8Array([0x30, 0x82, 0, 0]);
    expect(context({ ca: [pem("a"), Buffer.from(pem("b")), der], crl: pem("c") })).toEqual({
      ...defaults,
      authorities: [source(pem("a")), source(pem("b")), source(der)],
      revocations: [source(pem("c"))],
    });
    expect(context({ ca: [] })).toMatchObject({ authorities: [] }); // nobody
  });

  test("a key has its own passphrase, or that of all", () => {
    expect(
      context({
        cert: [pem("1"), pem("2"), pem("3")],
        key: [pem("k1"), { pem: pem("k2"), passphrase: "two" }, { pem: Buffer.from(pem("k3")) }],
        passphrase: "all",
      }),
    ).toMatchObject({
      certificates: [source(pem("1")), source(pem("2")), source(pem("3"))],
      keys: [source(pem("k1"), "all"), source(pem("k2"), "two"), source(pem("k3"), "all")],
    });
    expect(context({ cert: pem("1"), key: pem("k"), passphrase: "" })).toMatchObject({
      keys: [source(pem("k"), "")],
    });
  });

  test("a PKCS #12 has its own passphrase, or that of all", () => {
    const pfx = Buffer.from([0x30, 1]);
    expect(context({ pfx, passphrase: "all" })).toMatchObject({ pfx: [source(pfx, "all")] });
    expect(context({ pfx: [{ buf: pfx, passphrase: "own" }, pfx] })).toMatchObject({
      pfx: [source(pfx, "own"), source(pfx)],
    });
  });

  test("the rest", () => {
    expect(
      context({
        ciphers: "HIGH",
        minVersion: "TLSv1.3",
        maxVersion: "TLSv1.3",
        ALPNProtocols: ["mqtt", Buffer.from("x-amzn-mqtt-ca")],
        servername: "other",
        allowPartialTrustChain: true,
      }),
    ).toEqual({
      ...defaults,
      ciphers: "HIGH",
      minVersion: 13,
      protocols: [Buffer.from("mqtt"), Buffer.from("x-amzn-mqtt-ca")].map((name) => new Uint8Array(name)),
      serverName: "other",
      partialChains: true,
    });
    expect(context({ rejectUnauthorized: false })).toEqual({ ...defaults, verify: false, verifyName: false });
  });

  test("later changes of buffers have no effect", () => {
    const key = Buffer.from(pem("k"));
    const tls = context({ cert: key, key });
    key.fill(0);
    expect(tls).toMatchObject({ certificates: [source(pem("k"))], keys: [source(pem("k"))] });
  });

  test.each<[options: unknown, message: RegExp]>([
    ["ca.pem", /tlsContext must be an object, not a string/],
    [null, /tlsContext must be an object, not null/],
    [{ context: {} }, /the options of tls.createSecureContext, not its result/],
    [
      { secureProtocol: "TLS_method" },
      /There is no tlsContext.secureProtocol: did you mean minVersion and maxVersion\? There are ca, cert/,
    ],
    [{ ca: "/etc/ssl/ca.pem" }, /tlsContext.ca must be the contents of a PEM file.* tlsParams takes file/],
    [{ ca: "" }, /tlsContext.ca/],
    [{ ca: Buffer.alloc(0) }, /tlsContext.ca must not be empty/],
    [{ ca: {} }, /tlsContext.ca must be PEM as a string, or PEM or DER as bytes, not an object/],
    [{ ca: null }, /tlsContext.ca .* not null/],
    [{ cert: pem("c") }, /as many keys as certificates, not 0 and 1/],
    [{ key: pem("SECRET") }, /as many keys as certificates, not 1 and 0/],
    [{ key: "SECRET" }, /tlsContext.key must be the contents of a PEM file/],
    [
      { key: { pem: pem("SECRET"), pass: "SECRET" } },
      /There is no tlsContext.key.pass: did you mean passphrase\? There are pem, pass/,
    ],
    [{ key: { pem: 1 } }, /tlsContext.key.pem must be PEM .* not a number/],
    [{ key: { pem: pem("k"), passphrase: 1 } }, /tlsContext.key.passphrase must be a string, not a number/],
    [{ passphrase: Buffer.from("SECRET") }, /tlsContext.passphrase must be a string, not a Uint8Array/],
    [{ passphrase: "SECRET" }, /tlsContext.passphrase needs a key or a pfx/],
    [{ pfx: "SECRET" }, /tlsContext.pfx must be bytes, not a string/],
    [{ pfx: { buf: "SECRET" } }, /tlsContext.pfx.buf must be bytes, not a string/],
    [{ minVersion: "TLSv1.1" }, /tlsContext.minVersion must be "TLSv1.2" or "TLSv1.3", not 'TLSv1.1'/],
    [{ maxVersion: "TLSv1" }, /tlsContext.maxVersion/],
    [{ minVersion: "TLSv1.3", maxVersion: "TLSv1.2" }, /minVersion must not be above maxVersion/],
    [{ ALPNProtocols: "mqtt" }, /tlsContext.ALPNProtocols must be an array, not a string/],
    [{ ALPNProtocols: [""] }, /tlsContext.ALPNProtocols must have 1 to 255 bytes each/],
    [{ ALPNProtocols: ["x".repeat(256)] }, /tlsContext.ALPNProtocols must have 1 to 255 bytes each/],
    [{ ALPNProtocols: [1] }, /tlsContext.ALPNProtocols must be strings or bytes, not 1/],
    [{ servername: "" }, /tlsContext.servername must be a host name or an address, not ''/],
    [{ ciphers: "HIGH\0" }, /tlsContext.ciphers .* no U\+0000/],
    [{ rejectUnauthorized: 0 }, /tlsContext.rejectUnauthorized must be a boolean, not 0/],
    [{ allowPartialTrustChain: "yes" }, /tlsContext.allowPartialTrustChain must be a boolean/],
  ])("%j is refused", (options, message) => {
    expect(() => parseTarget("broker", { tlsContext: options })).toThrow(message);
    expect(() => parseTarget("broker", { tlsContext: options })).toThrow(/^(?!.*SECRET)/s);
  });
});

describe("tlsParams", () => {
  const file = (name: string, passphrase?: string) => ({ file: name, passphrase });

  test("files are named, not read", () => {
    expect(parameters({ caCerts: "ca", certfile: "cert", keyfile: "key", keyfilePassword: "word" })).toEqual({
      ...defaults,
      authorities: [file("ca")],
      certificates: [file("cert")],
      keys: [file("key", "word")],
      reload: true,
    });
  });

  test("without keyfile the key is in certfile", () => {
    expect(parameters({ certfile: "both" })).toMatchObject({
      certificates: [file("both")],
      keys: [file("both")],
    });
  });

  test("tlsVersion is that version and no other", () => {
    expect(parameters({ tlsVersion: "TLSv1.2" })).toMatchObject({ minVersion: 12, maxVersion: 12 });
    expect(parameters({ tlsVersion: "TLSv1.3" })).toMatchObject({ minVersion: 13, maxVersion: 13 });
  });

  test.each([
    ["required", true],
    ["optional", true],
    ["none", false],
  ])("certReqs %s", (certReqs, verify) => {
    expect(parameters({ certReqs, ciphers: "HIGH" })).toEqual({
      ...defaults,
      ciphers: "HIGH",
      verify,
      verifyName: verify,
    });
  });

  test("an object and an instance are the same", () => {
    const options = { caCerts: "ca", certfile: "both", tlsVersion: "TLSv1.3" } as const;
    expect(parameters(new TLSParameters(options))).toEqual(parameters(options));
    expect(new TLSParameters(options)).toMatchObject({ ...options, certReqs: "required" });
  });

  test.each<[options: unknown, message: RegExp]>([
    ["ca.pem", /tlsParams must be an object, not a string/],
    [null, /tlsParams must be an object, not null/],
    [{ ca: "x" }, /There is no tlsParams.ca: did you mean caCerts, a file name\? There are caCerts/],
    [{ caCerts: "" }, /tlsParams.caCerts must be a string that is not empty and has no U\+0000, not ''/],
    [{ caCerts: ["ca.pem"] }, /tlsParams.caCerts must be a string .*, not an array/],
    [{ caCerts: Buffer.from("x") }, /tlsParams.caCerts must be the name of a file, not .* tlsContext takes/],
    [{ certfile: "c", keyfile: pem("SECRET") }, /tlsParams.keyfile must be the name of a file/],
    [{ ciphers: Buffer.from("x") }, /tlsParams.ciphers must be a string .*, not a Uint8Array/],
    [{ certfile: "a\0b" }, /tlsParams.certfile/],
    [{ keyfile: "key" }, /tlsParams.keyfile needs a certfile/],
    [{ keyfilePassword: "SECRET" }, /tlsParams.keyfilePassword needs a certfile/],
    [{ certfile: "c", keyfilePassword: 1 }, /tlsParams.keyfilePassword must be a string, not a number/],
    [{ certReqs: 2 }, /tlsParams.certReqs must be "required", "optional" or "none", not 2/],
    [{ tlsVersion: "1.2" }, /tlsParams.tlsVersion must be "TLSv1.2" or "TLSv1.3", not '1.2'/],
  ])("%j is refused", (options, message) => {
    expect(() => parseTarget("broker", { tlsParams: options })).toThrow(message);
    expect(() => parseTarget("broker", { tlsParams: options })).toThrow(/^(?!.*SECRET)/s);
  });
});
