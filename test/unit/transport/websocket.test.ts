import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { NativeUpgrade } from "../../../lib/native/target.ts";
import { askForTarget, nativeTarget } from "../../../lib/transport/connect-target.ts";
import { parseTarget } from "../../support/parse-target.ts";

/** The request of a client that is constructed like this, and the accept that it waits for. */
function captureRequest(...args: unknown[]) {
  return partsOf(nativeTarget(parseTarget(...args))!.websocket!);
}

/** The same, of a client with functions. */
async function askForRequest(...args: unknown[]) {
  const { websocket } = await askForTarget(parseTarget(...args), async (_option, call) => call());
  return partsOf(websocket!);
}

function partsOf({ request, accept }: NativeUpgrade) {
  const text = Buffer.from(request).toString("latin1");
  expect(text).toMatch(/^(?:[^\r\n]+\r\n)+\r\n$/);
  const [line, ...headers] = text.trimEnd().split("\r\n");
  return { line, headers: headers.map((header) => header.split(/: (.*)/, 2)), accept };
}

type Headers = Record<string, string>;
const parseHeaders = (websocketHeaders: unknown): Headers =>
  Object.fromEntries(captureRequest("ws://broker", { websocketHeaders }).headers);

const acceptKey = (key: string | undefined) =>
  createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");

test("the default request", () => {
  const { line, headers, accept } = captureRequest("ws://broker:8080");
  const key = headers.find(([name]) => name === "Sec-WebSocket-Key")?.[1];
  expect(line).toBe("GET /mqtt HTTP/1.1");
  expect(Buffer.from(key!, "base64")).toHaveLength(16);
  expect(accept).toBe(acceptKey(key));
  expect(headers).toEqual([
    ["Host", "broker:8080"],
    ["Upgrade", "websocket"],
    ["Connection", "Upgrade"],
    ["Sec-WebSocket-Key", key],
    ["Sec-WebSocket-Version", "13"],
    ["Sec-WebSocket-Protocol", "mqtt"],
  ]);
});

test("RFC 6455, section 1.3: its key has its accept", () => {
  const websocketHeaders = { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
  expect(captureRequest("ws://broker", { websocketHeaders }).accept).toBe("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
});

test("each request has a key of its own", () => {
  const target = parseTarget("ws://broker");
  const accepts = Array.from({ length: 100 }, () => nativeTarget(target)?.websocket?.accept);
  expect(new Set(accepts).size).toBe(100);
});

test.each<[args: unknown[], host: string]>([
  [["ws://broker"], "broker"],
  [["ws://broker:443"], "broker:443"],
  [["wss://broker"], "broker"],
  [["wss://broker:80"], "broker:80"],
  [["broker", { transport: "websockets" }], "broker:1883"],
  [["ws://broker", { tlsParams: {} }], "broker:80"],
  [["ws://[::1]:8080"], "[::1]:8080"],
  [["wss://b\u00fccher.example:8443"], "xn--bcher-kva.example:8443"],
  [["b\u00fccher.example", 80, { transport: "websockets" }], "xn--bcher-kva.example"],
  [["fe80::1%eth0", 80, { transport: "websockets" }], "[fe80::1]"],
])("the Host of %j is %s", (args, host) => {
  expect(captureRequest(...args).headers).toContainEqual(["Host", host]);
});

describe("the path", () => {
  test.each<[args: unknown[], path: string]>([
    [["ws://broker"], "/mqtt"],
    [["ws://broker/"], "/"],
    [["wss://broker:1/ws"], "/ws"],
    [["ws://broker/a%20b/ü?c=d&e"], "/a%20b/%C3%BC?c=d&e"],
    [["ws://broker?token=x"], "/?token=x"],
    [[" ws://broker "], "/mqtt"],
    [["ws://me:wo%2Frd@broker"], "/mqtt"],
    [[new URL("ws://broker")], "/mqtt"],
    [[new URL("ws://broker/")], "/mqtt"], // the same
    [[new URL("ws://broker/?x")], "/?x"],
    [["ws://broker", { websocketPath: "/" }], "/"],
    [["ws://broker/url", { websocketPath: "/option?x=1" }], "/option?x=1"],
    [["broker", { transport: "websockets", websocketPath: "/ws" }], "/ws"],
    [["ws://broker", { websocketPath: "/a b%20ü{😀}" }], "/a%20b%20%C3%BC%7B%F0%9F%98%80%7D"],
  ])("the path of %j is %s", (args, path) => {
    expect(captureRequest(...args).line).toBe(`GET ${path} HTTP/1.1`);
  });

  test.each(["", "mqtt", "ws://broker/mqtt", "/a#b", "/a\r\nX: y", "/\0", "/\ud800", 1, null])(
    "%j is refused",
    (websocketPath) => {
      expect(() => parseTarget("ws://broker", { websocketPath })).toThrow(
        /websocketPath must be a string that begins with "\/"/,
      );
    },
  );
});

describe("headers", () => {
  test("join the default ones", () => {
    expect(parseHeaders({ Authorization: "Bearer x", "X-Latin": "ü", Origin: "https://page" })).toMatchObject(
      {
        Host: "broker",
        Authorization: "Bearer x",
        "X-Latin": "ü",
        Origin: "https://page",
      },
    );
  });

  test("replace them, whatever the case", () => {
    const headers = parseHeaders({ host: "other", "SEC-WEBSOCKET-PROTOCOL": "mqttv3.1" });
    expect(headers).toMatchObject({ host: "other", "SEC-WEBSOCKET-PROTOCOL": "mqttv3.1" });
    expect(Object.keys(headers)).toHaveLength(6);
  });

  test("are copied from a record", () => {
    const websocketHeaders: Headers = { "X-Token": "first" };
    const target = parseTarget("ws://broker", { websocketHeaders });
    websocketHeaders["X-Token"] = "second";
    expect(Buffer.from(nativeTarget(target)!.websocket!.request).toString()).toContain("X-Token: first");
  });

  test("are what a function makes of the default ones, each time", async () => {
    let count = 0;
    const makeHeaders = (defaults: Headers) => ({ ...defaults, "X-Count": `${++count}` });
    const makeLater = async (defaults: Headers) => makeHeaders(defaults);
    expect(nativeTarget(parseTarget("ws://broker", { websocketHeaders: makeHeaders }))).toBeUndefined();
    expect(count).toBe(0);
    for (const [expected, headers] of [makeHeaders, makeLater, makeHeaders].entries()) {
      const request = await askForRequest("ws://broker", { websocketHeaders: headers });
      expect(request.headers).toContainEqual(["X-Count", `${expected + 1}`]);
    }
  });

  test("a function makes the path, each time", async () => {
    const paths = ["/first?t=1", undefined, "/th\u00efrd"];
    for (const line of ["GET /first?t=1 HTTP/1.1", "GET /mqtt HTTP/1.1", "GET /th%C3%AFrd HTTP/1.1"])
      expect(await askForRequest("ws://broker", { websocketPath: () => paths.shift() })).toMatchObject({
        line,
      });
    await expect(askForRequest("ws://broker", { websocketPath: async () => "no slash" })).rejects.toThrow(
      'websocketPath must be a string that begins with "/"',
    );
  });

  test("a function may change the key, and the accept follows", async () => {
    const key = Buffer.alloc(16, 1).toString("base64");
    const websocketHeaders = ({ "Sec-WebSocket-Key": _key, ...rest }: Headers) => ({
      ...rest,
      "sec-websocket-key": key,
    });
    expect((await askForRequest("ws://broker", { websocketHeaders })).accept).toBe(acceptKey(key));
  });

  const wrong: [headers: unknown, message: RegExp][] = [
    [null, /must be a plain object of strings, not null/],
    [[], /must be a plain object of strings, not Array/],
    [new Map([["A", "b"]]), /must be a plain object of strings, not Map/],
    [new globalThis.Headers({ a: "b" }), /must be a plain object of strings, not Headers/],
    [Promise.resolve({}), /must be a plain object of strings, not Promise/],
    [{ "": "x" }, /must not have the name ''/],
    [{ "A B": "x" }, /must not have the name 'A B'/],
    [{ "A:": "x" }, /must not have the name 'A:'/],
    [{ "A\r\nB": "x" }, /must not have the name 'A\\r\\nB'/],
    [{ "X-A": "x", "x-a": "y" }, /must not have x-a twice/],
    [{ A: 1 }, /A must be a string, not a number/],
    [{ A: ["SECRET"] }, /A must be a string, not an array/],
    [{ A: undefined }, /A must be a string, not undefined/],
    [{ A: "SECRET\r\nB: c" }, /A must have no control characters/],
    [{ A: "SECRET\0" }, /A must have no control characters/],
    [{ A: "SECRET€" }, /A must have .* nothing beyond Latin-1/],
    [{ Host: "" }, /must have a header Host with a value/],
    [{ Upgrade: "h2c" }, /must have a header Upgrade that is "websocket"/],
    [{ Connection: "close" }, /must have a header Connection that lists "Upgrade"/],
    [{ "Sec-WebSocket-Key": "SECRET" }, /Sec-WebSocket-Key that is base64 of 16 bytes/],
    [{ "Sec-WebSocket-Version": "8" }, /Sec-WebSocket-Version that is "13"/],
    [{ "Sec-WebSocket-Protocol": "" }, /Sec-WebSocket-Protocol such as "mqtt"/],
    [{ "Sec-WebSocket-Extensions": "x" }, /must not have a header Sec-WebSocket-Extensions/],
  ];

  test.each(wrong)("%j are refused by the constructor", (websocketHeaders, message) => {
    expect(() => parseTarget("ws://broker", { websocketHeaders })).toThrow(message);
    expect(() => parseTarget("ws://broker", { websocketHeaders })).toThrow(/^Option (?!.*SECRET)/s);
  });

  const fromFunction = wrong.filter(([headers]) => !(headers instanceof Promise));
  test.each(fromFunction)("%j are refused when a function returns them", async (headers, message) => {
    const isRecord = Object.getPrototypeOf(headers ?? []) === Object.prototype;
    const target = parseTarget("ws://broker", {
      websocketHeaders: (defaults: Headers) => {
        if (!isRecord) return headers;
        const names = Object.keys(headers as Headers).map((name) => name.toLowerCase());
        const kept = Object.entries(defaults).filter(([name]) => !names.includes(name.toLowerCase()));
        return { ...Object.fromEntries(kept), ...(headers as Headers) };
      },
    });
    const request = () => askForTarget(target, async (_option, call) => call());
    await expect(request()).rejects.toThrow(message);
    await expect(request()).rejects.toThrow(/^What websocketHeaders returned(?!.*SECRET)/s);
  });

  test.each([
    "Host",
    "Upgrade",
    "Connection",
    "Sec-WebSocket-Key",
    "Sec-WebSocket-Version",
    "Sec-WebSocket-Protocol",
  ])("a function must not leave %s out", async (name) => {
    const websocketHeaders = (defaults: Headers) =>
      Object.fromEntries(Object.entries(defaults).filter(([each]) => each !== name));
    await expect(askForRequest("ws://broker", { websocketHeaders })).rejects.toThrow(
      `What websocketHeaders returned must have a header ${name}`,
    );
  });
});

test.each([
  [["broker", { websocketPath: "/mqtt" }], /websocketPath needs transport "websockets", or ws: or wss:/],
  [["mqtts://broker", { websocketHeaders: {} }], /websocketHeaders needs transport "websockets"/],
  [["ws://broker", { websocketHeaders: "A: b" }], /must be a plain object of strings, not String/],
])("%j is refused", (args, message) => {
  expect(() => parseTarget(...args)).toThrow(message);
});
