import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, type ClientOptions } from "../../../lib/index.ts";
import { type Peer, PeerServer } from "../../support/peer.ts";
import { ScriptedProxy } from "../../support/proxies/scripted-proxy.ts";
import { startMicrosocks, startTinyproxy } from "../../support/proxies/services.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { Service } from "../../support/service.ts";

// The requests to proxies, and the answers that a client accepts and refuses.

type Proxy = NonNullable<ClientOptions["proxy"]>;

const refused = { name: "MqttError", code: "PROXY_REFUSED" };
const unauthenticated = { name: "MqttError", code: "PROXY_AUTHENTICATION_FAILED" };
const malformed = { name: "MqttError", code: "PROXY_PROTOCOL_ERROR" };

let broker: ScriptedBroker;
beforeAll(async () => {
  broker = await ScriptedBroker.serving();
});
afterAll(() => broker.stop());

/** The outcome of an attempt to connect. */
async function outcome(url: string, options: ClientOptions): Promise<unknown> {
  try {
    await using _client = await Client.connect(url, { timeout: 5, ...options });
    return "connected";
  } catch (error) {
    return error;
  }
}

describe("requests to proxies", () => {
  const login = { proxyUsername: "user", proxyPassword: "pässword" };
  test.each([
    ["socks4", "127.0.0.1", {}, { kind: "socks4", host: "127.0.0.1", username: "" }],
    ["socks4", "localhost", { proxyRdns: false }, { kind: "socks4", host: "127.0.0.1" }],
    [
      "socks4",
      "localhost",
      { proxyUsername: "user" },
      { kind: "socks4a", host: "localhost", username: "user" },
    ],
    ["socks5", "127.0.0.1", {}, { kind: "socks5", host: "127.0.0.1" }],
    ["socks5", "localhost", {}, { kind: "socks5", host: "localhost" }],
    ["socks5", "localhost", login, { host: "localhost", username: "user", password: "pässword" }],
    ["http", "127.0.0.1", {}, { kind: "http", host: "127.0.0.1", username: undefined }],
    ["http", "localhost", {}, { kind: "http", host: "localhost" }],
    ["http", "localhost", login, { host: "localhost", username: "user", password: "pässword" }],
    ["http", "localhost", { ...login, proxyPassword: "a:b" }, { username: "user", password: "a:b" }],
  ] as const)("a %s request to %s with %j is correct", async (proxyType, host, more, expected) => {
    const { proxyUsername: username, proxyPassword: password } = more as Partial<Proxy>;
    await using proxy = await ScriptedProxy.start(
      username !== undefined && password !== undefined ? { username, password } : undefined,
    );
    const settings = { proxyType, proxyAddr: "127.0.0.1", proxyPort: proxy.port, ...more };
    expect(await outcome(`mqtt://${host}:${broker.port}`, { proxy: settings })).toBe("connected");
    expect(proxy.requests).toEqual([expect.objectContaining({ port: broker.port, ...expected })]);
  });

  test.each(["socks5", "http"] as const)("%s proxies take addresses of IPv6", async (proxyType) => {
    await using onIPv6 = await ScriptedBroker.serving({}, { host: "::1" });
    await using proxy = await ScriptedProxy.start();
    const settings = { proxyType, proxyAddr: "127.0.0.1", proxyPort: proxy.port };
    expect(await outcome(onIPv6.url, { proxy: settings })).toBe("connected");
    expect(proxy.requests[0]?.host).toMatch(/^(0:){7}1$|^::1$/);
  });

  test("SOCKS 4 has no addresses of IPv6", async () => {
    await using proxy = await ScriptedProxy.start();
    const settings = { proxyType: "socks4", proxyAddr: "127.0.0.1", proxyPort: proxy.port } as const;
    const error = await outcome("mqtt://[::1]:1883", { proxy: { ...settings, proxyRdns: false } });
    expect(error).toMatchObject({
      name: "MqttError",
      code: expect.stringMatching(/^(PROXY_REFUSED|ENOTFOUND|EAFNOSUPPORT)$/),
    });
    expect(proxy.requests).toEqual([]);
  });

  test("a CONNECT request has a Host header and no other", async () => {
    await using proxy = await ScriptedProxy.start();
    const settings = { proxyType: "http", proxyAddr: "127.0.0.1", proxyPort: proxy.port } as const;
    await outcome(`mqtt://localhost:${broker.port}`, { proxy: settings });
    const authority = `localhost:${broker.port}`;
    expect(proxy.requests[0]?.text).toBe(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  });
});

/** The outcome of an attempt with a proxy that runs `play`. */
async function answeredWith(
  proxyType: Proxy["proxyType"],
  play: (peer: Peer) => Promise<void>,
  more: Partial<Proxy> = {},
): Promise<unknown> {
  await using server = await PeerServer.start(play);
  const proxy = { proxyType, proxyAddr: "127.0.0.1", proxyPort: server.port, ...more } as Proxy;
  return await outcome(`mqtt://127.0.0.1:${broker.port}`, { proxy });
}

const bytes = (...values: number[]) => Buffer.from(values);

describe("answers of a SOCKS 4 proxy", () => {
  const answer = (...values: number[]) =>
    answeredWith("socks4", async (peer) => {
      await peer.take(9);
      await peer.send(bytes(...values));
    });

  test.each([0x5b, 0x5c, 0x5d])("the SOCKS 4 reply code %i is a refusal", async (code) => {
    const expected = {
      name: "MqttError",
      code: expect.stringMatching(/^PROXY_(REFUSED|AUTHENTICATION_FAILED)$/),
    };
    expect(await answer(0, code, 0, 0, 0, 0, 0, 0)).toMatchObject(expected);
  });

  test.each([
    ["another version number", [5, 0x5a, 0, 0, 0, 0, 0, 0]],
    ["an unknown code", [0, 0, 0, 0, 0, 0, 0, 0]],
    ["a single wrong byte", [0x48]],
  ])("a SOCKS 4 answer with %s fails the connect", async (_what, values) => {
    const expected = { name: "MqttError", code: expect.stringMatching(/^PROXY_(REFUSED|PROTOCOL_ERROR)$/) };
    expect(await answer(...values)).toMatchObject(expected);
  });
});

describe("answers of a SOCKS 5 proxy", () => {
  const login = { proxyUsername: "user", proxyPassword: "secret" };
  const request = 10; // bytes, for an address of IPv4

  const replied = (...values: number[]) =>
    answeredWith("socks5", async (peer) => {
      await peer.take(3);
      await peer.send(bytes(5, 0));
      await peer.take(request);
      await peer.send(bytes(...values));
    });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 255])("the SOCKS 5 reply code %i is a refusal", async (code) => {
    expect(await replied(5, code, 0, 1, 0, 0, 0, 0, 0, 0)).toMatchObject(refused);
  });

  test.each([
    ["no method", [5, 0xff], {}, unauthenticated],
    ["no method, although a password was offered", [5, 0xff], login, unauthenticated],
    ["a method that was not offered", [5, 2], {}, malformed],
    ["an unknown method", [5, 0x80], login, malformed],
    ["another version number", [4, 0], {}, malformed],
    ["a single wrong byte", [0x48], {}, malformed],
  ])("a SOCKS 5 greeting with %s fails the connect", async (_what, values, more, expected) => {
    const error = await answeredWith(
      "socks5",
      async (peer) => {
        await peer.take(3);
        await peer.send(bytes(...values));
      },
      more,
    );
    expect(error).toMatchObject(expected);
  });

  test.each([
    ["a refused password", [1, 1], unauthenticated],
    ["another version number", [5, 0], malformed],
  ])("a SOCKS 5 authentication reply with %s fails the connect", async (_what, values, expected) => {
    const error = await answeredWith(
      "socks5",
      async (peer) => {
        await peer.take(4);
        await peer.send(bytes(5, 2));
        await peer.take(13);
        await peer.send(bytes(...values));
      },
      login,
    );
    expect(error).toMatchObject(expected);
    expect(String(error)).not.toContain("secret");
  });

  test.each([
    ["another version number", [4, 0, 0, 1]],
    ["an unknown address type", [5, 0, 0, 9, 0, 0]],
  ])("a SOCKS 5 reply with %s fails the connect", async (_what, values) => {
    expect(await replied(...values)).toMatchObject(malformed);
  });

  /** Grants the request with these bytes, and then acts as the broker. */
  const grantedWith = (...values: number[]) =>
    answeredWith("socks5", async (peer) => {
      await peer.take(3);
      await peer.sendByteByByte(bytes(5, 0));
      await peer.take(request);
      await peer.sendByteByByte(bytes(...values));
      await peer.take(2);
      await peer.send(bytes(0x20, 2, 0, 0));
    });

  test.each([
    ["an address of IPv4", [1, 127, 0, 0, 1]],
    ["an address of IPv6", [4, ...Array<number>(16).fill(255)]],
    ["a name", [3, 4, ...Buffer.from("name")]],
    ["a long name", [3, 255, ...Array<number>(255).fill(97)]],
    ["an empty name", [3, 0]],
  ])("a SOCKS 5 grant with %s as its address, in single bytes, is accepted", async (_what, address) => {
    expect(await grantedWith(5, 0, 0, ...address, 0, 80)).toBe("connected");
  });
});

describe("answers of an HTTP proxy", () => {
  const login = { proxyUsername: "user", proxyPassword: "secret" };
  const answer = (text: string, more: Partial<Proxy> = {}) =>
    answeredWith(
      "http",
      async (peer) => {
        await peer.takeUntil("\r\n\r\n");
        await peer.send(text);
      },
      more,
    );

  test.each([
    ["403 Forbidden", {}, refused],
    ["502 Bad Gateway", {}, refused],
    ["301 Moved Permanently", {}, refused],
    ["407 Proxy Authentication Required", {}, unauthenticated],
    ["407 Proxy Authentication Required", login, unauthenticated],
  ])("the HTTP status %s of a proxy fails the connect", async (status, more, expected) => {
    const error = await answer(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nno`, more);
    expect(error).toMatchObject({ ...expected, message: expect.stringContaining(status) });
    expect(String(error)).not.toContain("secret");
  });

  test.each([
    ["another protocol", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["wrong first bytes", "XX"],
    ["an endless line", `HTTP/1.1 200 ${"a".repeat(100_000)}`],
    ["endless headers", `HTTP/1.1 200 OK\r\n${"X-Header: value\r\n".repeat(100_000)}`],
    ["a status that is not a number", "HTTP/1.1 yes\r\n\r\n"],
  ])("an answer of an HTTP proxy with %s is malformed", async (_what, text) => {
    expect(await answer(text)).toMatchObject(malformed);
  });

  test.each([
    ["status 200", "HTTP/1.1 200 Connection established\r\n\r\n"],
    ["status 200 of HTTP/1.0 without a reason phrase", "HTTP/1.0 200\r\n\r\n"],
    [
      "status 200 with headers about a body",
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ["status 204", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["100 Continue before status 200", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"],
  ])("an answer of an HTTP proxy with %s, in single bytes, is accepted", async (_what, text) => {
    const result = await answeredWith("http", async (peer) => {
      await peer.takeUntil("\r\n\r\n");
      await peer.sendByteByByte(text);
      await peer.take(2);
      await peer.send(bytes(0x20, 2, 0, 0));
    });
    expect(result).toBe("connected");
  });
});

describe.each([
  ["socks5", startMicrosocks],
  ["http", startTinyproxy],
] as const)("a real proxy of the kind %s", (proxyType, start) => {
  let proxy: Service;
  beforeAll(async () => {
    proxy = await start({ username: "user", password: "pass" });
  });
  afterAll(() => proxy[Symbol.asyncDispose]());

  const through = (more: Partial<Proxy>, url = broker.url) =>
    outcome(url, { proxy: { proxyType, proxyAddr: "127.0.0.1", proxyPort: proxy.port, ...more } as Proxy });

  test("a proxy with an account admits only that account", async () => {
    expect(await through({ proxyUsername: "user", proxyPassword: "pass" })).toBe("connected");
    const wrong = await through({ proxyUsername: "user", proxyPassword: "wrong" });
    expect(wrong).toMatchObject({ code: expect.stringMatching(/^PROXY_(AUTHENTICATION_FAILED|REFUSED)$/) });
    expect(await through({})).toMatchObject(unauthenticated);
  });

  test("a proxy's failure to reach the broker is PROXY_REFUSED", async () => {
    await using gone = await ScriptedBroker.serving();
    gone.refuse();
    const error = await through({ proxyUsername: "user", proxyPassword: "pass" }, gone.url);
    expect(error).toMatchObject(refused);
  });
});

test.each(["socks4", "socks5", "http"] as const)("a missing %s proxy is ECONNREFUSED", async (proxyType) => {
  const port = await (async () => {
    await using server = await PeerServer.start(() => {});
    return server.port;
  })();
  const proxy = { proxyType, proxyAddr: "127.0.0.1", proxyPort: port };
  expect(await outcome(broker.url, { proxy })).toMatchObject({ name: "MqttError", code: "ECONNREFUSED" });
});
