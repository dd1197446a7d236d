// A program in a vm context, a test of Jest and a function node of Node-RED have built-in classes of their own. Values
// of these classes must be accepted.

import vm from "node:vm";
import { describe, expect, test } from "vitest";
import { Client, ProtocolVersion, Will } from "../../lib/index.ts";
import { connected } from "../support/connected.ts";
import { takeOne } from "../support/messages.ts";
import { decodeProperties } from "../support/properties.ts";

const V5 = { protocol: ProtocolVersion.V5 } as const;

/** Makes a value in another realm. */
const foreign = <T>(code: string): T => vm.runInNewContext(code);

describe("payloads of another realm", () => {
  const bytes = Buffer.from([1, 2, 3, 4]);
  test.each([
    ["new Uint8Array([1, 2, 3, 4])", bytes],
    ["new Uint8Array([1, 2, 3, 4]).buffer", bytes],
    ["new DataView(new Uint8Array([1, 2, 3, 4]).buffer, 1)", bytes.subarray(1)],
    ["new Uint16Array([0x0201, 0x0403])", bytes],
    ["(s => (new Uint8Array(s).set([1, 2, 3, 4]), s))(new SharedArrayBuffer(4))", bytes],
    [
      "(s => (s.resize(4), new Uint8Array(s).set([1, 2, 3, 4]), s))(new ArrayBuffer(0, { maxByteLength: 8 }))",
      bytes,
    ],
    ["new Uint8Array(0)", Buffer.alloc(0)],
  ])("a payload %s of another realm arrives", async (code, expected) => {
    await using all = await connected();
    for (const qos of [0, 1] as const) {
      await all.client.publish("t", foreign<ArrayBuffer>(code), { qos });
      expect((await all.session.receive("PUBLISH")).payload).toEqual(expected);
    }
    const will = new Will({ topic: "t", payload: foreign<ArrayBuffer>(code) });
    expect(Buffer.from(will.payload)).toEqual(expected);
  });
});

test("a growable SharedArrayBuffer and its view are published with their current size", async () => {
  await using all = await connected();
  const buffer: SharedArrayBuffer = foreign("new SharedArrayBuffer(1, { maxByteLength: 4 })");
  const view = new Uint8Array(buffer);
  (buffer as SharedArrayBuffer & { grow(size: number): void }).grow(2);
  for (const payload of [buffer, view]) {
    await all.client.publish("t", payload, { qos: 1 });
    expect((await all.session.receive("PUBLISH")).payload).toEqual(Buffer.alloc(2));
  }
});

test("bytes of another realm are accepted as password, property and payload", async () => {
  const bytes = () => foreign<Uint8Array>("new Uint8Array([49, 50])");
  await using all = await connected(
    {},
    {
      ...V5,
      username: "u",
      password: bytes(),
      will: { topic: "w", properties: { correlationData: bytes() } },
    },
  );
  const connect = all.session.received[0];
  expect(connect).toMatchObject({ password: Buffer.from("12") });
  await all.client.publish("t", "", { qos: 1, properties: { correlationData: bytes() } });
  const { properties } = await all.session.receive("PUBLISH");
  expect(decodeProperties(properties)).toEqual({ correlationData: Buffer.from("12") });
});

test("certificates, protocols and socket options may be bytes of another realm", () => {
  const pem = (): Uint8Array => foreign("Uint8Array.from('-----BEGIN ', (each) => each.charCodeAt(0))");
  const tlsContext = { ca: pem(), cert: [pem()], key: { pem: pem() }, crl: [pem()], ALPNProtocols: [pem()] };
  expect(() => new Client("localhost", { tlsContext })).not.toThrow();
  expect(() => new Client("localhost", { tlsContext: { pfx: pem() } })).not.toThrow();
  expect(() => new Client("localhost", { socketOptions: [[1, 2, pem()]] })).not.toThrow();
  const tlsParams = { caCerts: pem() as never };
  expect(() => new Client("localhost", { tlsParams })).toThrow(
    "must be the name of a file, not its contents",
  );
});

test("options of another realm are read and checked", async () => {
  await using all = await connected({}, foreign(`({ protocol: ${ProtocolVersion.V5}, timeout: 5 })`));
  await all.client.publish("t", "", foreign('({ qos: 1, properties: { userProperties: [["a", "b"]] } })'));
  await all.client.subscribe(foreign('["a", ["b", { qos: 1 }]]'), foreign("({ qos: 2 })"));
  await expect(all.client.publish("t", "", foreign("({ quos: 1 })"))).rejects.toThrow(
    "There is no option quos",
  );
  const authentication = foreign<never>('({ method: "m", onChallenge() {}, dta: "" })');
  expect(() => new Client("localhost", { ...V5, authentication })).toThrow("authentication.dta");
});

test.each([
  ["new Map()", "Map"],
  ["new Date()", "Date"],
  ["[]", "array"],
  ["new Error()", "Error"],
  ["Promise.resolve()", "Promise"],
  ["/a/", "RegExp"],
  ["new ArrayBuffer(1)", "ArrayBuffer"],
])("options that are %s of another realm are refused", async (code, kind) => {
  await using all = await connected();
  const call = all.client.publish("t", "", foreign(code));
  await expect(call).rejects.toThrow(TypeError);
  await expect(call).rejects.toThrow(new RegExp(`options must be an object, not an? ${kind}`));
});

/** A signal of a class of its own, possibly without a reason, as in jsdom and ponyfills. */
class OtherSignal extends EventTarget {
  aborted = false;
  reason: unknown;
  abort(reason?: unknown): void {
    this.aborted = true;
    this.reason = reason;
    this.dispatchEvent(new Event("abort"));
  }
  get signal(): AbortSignal {
    return this as unknown as AbortSignal;
  }
}

describe("signals of another class", () => {
  test.each<[string, unknown, unknown]>([
    ["with a reason", "enough", "enough"],
    ["without a reason", undefined, expect.objectContaining({ name: "AbortError" })],
  ])("a signal of another class aborts calls: %s", async (_name, reason, expected) => {
    await using all = await connected({ SUBSCRIBE: () => {} });
    const other = new OtherSignal();
    const { signal } = other;
    const calls = [all.client.messages.next({ signal }), all.client.subscribe("t", { signal })];
    other.abort(reason);
    for (const call of calls) await expect(call).rejects.toEqual(expected);
    await expect(all.client.publish("t", "", { signal })).rejects.toEqual(expected);
    await expect(all.client.messages.next({ signal })).rejects.toEqual(expected);
  });

  test.each([{}, { aborted: false }, new EventTarget(), "signal", 1])(
    "%o is refused as a signal",
    async (signal) => {
      await using all = await connected();
      const call = all.client.publish("t", "", { signal: signal as never });
      await expect(call).rejects.toThrow("signal must be an AbortSignal");
    },
  );
});

describe("URLs of another class", () => {
  class OtherURL {
    readonly href: string;
    readonly protocol = "mqtt:";
    readonly searchParams = new URLSearchParams();
    constructor(href: string) {
      this.href = href;
    }
  }

  test("a URL of another class is accepted as an address", async () => {
    await using all = await connected();
    await using client = await Client.connect(new OtherURL(all.broker.url) as unknown as URL);
    await client.publish("t", "", { qos: 1 });
  });

  test("a result of url.parse is refused as an address", () => {
    const parsed = { href: "mqtt://localhost/", protocol: "mqtt:", path: "/", auth: null } as unknown as URL;
    expect(() => new Client(parsed)).toThrow("hostname must be a host name, an address or a URL");
  });
});

test("a rejection of a logger of another realm is ignored", async () => {
  const logger = foreign<Console>(
    "({ info: () => Promise.reject(1), warn: () => Promise.reject(1), error() {}, debug() {} })",
  );
  await using all = await connected({}, { logger });
  await all.session.send(all.session.packets.publish({ topic: "t", payload: "p" }));
  expect((await takeOne(all.client)).text()).toBe("p");
});
