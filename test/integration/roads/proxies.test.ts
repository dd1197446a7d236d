import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Client, type ClientOptions } from "../../../lib/index.ts";
import { type Peer, PeerServer } from "../../support/peer.ts";
import { ScriptedProxy } from "../../support/proxies/scripted-proxy.ts";
import { startMicrosocks, startTinyproxy } from "../../support/proxies/services.ts";
import { ScriptedBroker } from "../../support/scripted-broker.ts";
import type { Service } from "../../support/service.ts";

// What proxies are asked, and what they may answer.

type Proxy = NonNullable<ClientOptions["proxy"]>;

const refused = { name: "MqttError", code: "PROXY_REFUSED" };
const unauthenticated = { name: "MqttError", code: "PROXY_AUTHENTICATION_FAILED" };
const malformed = { name: "MqttError", code: "PROXY_PROTOCOL_ERROR" };

let broker: ScriptedBroker;
beforeAll(async () => {
  broker = await ScriptedBroker.serving();
});
afterAll(() => broker.stop());

/** What becomes of an attempt to connect. */
async function outcome(url: string, options: ClientOptions): Promise<unknown> {
  try {
    await using _client = await Client.connect(url, { timeout: 5, ...options });
    return "connected";
  } catch (error) {
    return error;
  }
}

describe("the request", () => {
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
  ] as const)("%s to %s with %j", async (proxyType, host, more, expected) => {
    const { proxyUsername: username, proxyPassword: password } = more as Partial<Proxy>;
    await using proxy = await ScriptedProxy.start(
      username !== undefined && password !== undefined ? { username, password } : undefined,
    );
    const settings = { proxyType, proxyAddr: "127.0.0.1", proxyPort: proxy.port, ...more };
    expect(await outcome(`mqtt://${host}:${broker.port}`, { proxy: settings })).toBe("connected");
    expect(proxy.requests).toEqual([expect.objectContaining({ port: broker.port, ...expected })]);
  });

  test.each(["socks5", "http"] as const)("%s to an address of IPv6", async (proxyType) => {
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

  test("HTTP's has a Host, and no more than it needs", async () => {
    await using proxy = await ScriptedProxy.start();
    const settings = { proxyType: "http", proxyAddr: "127.0.0.1", proxyPort: proxy.port } as const;
    await outcome(`mqtt://localhost:${broker.port}`, { proxy: settings });
    const authority = `localhost:${broker.port}`;
    expect(proxy.requests[0]?.text).toBe(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`);
  });
});

/** What a client says to a proxy that answers like this; each piece is for what the client has sent by then. */
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

describe("SOCKS 4 answers", () => {
  const answer = (...values: number[]) =>
    answeredWith("socks4", async (peer) => {
      await peer.take(9);
      await peer.send(bytes(...values));
    });

  test.each([0x5b, 0x5c, 0x5d])("no, with the code %i", async (code) => {
    const expected = {
      name: "MqttError",
      code: expect.stringMatching(/^PROXY_(REFUSED|AUTHENTICATION_FAILED)$/),
    };
    expect(await answer(0, code, 0, 0, 0, 0, 0, 0)).toMatchObject(expected);
  });

  test.each([
    ["another version", [5, 0x5a, 0, 0, 0, 0, 0, 0]],
    ["a code that does not exist", [0, 0, 0, 0, 0, 0, 0, 0]],
    ["one byte that is wrong", [0x48]],
  ])("%s", async (_what, values) => {
    const expected = { name: "MqttError", code: expect.stringMatching(/^PROXY_(REFUSED|PROTOCOL_ERROR)$/) };
    expect(await answer(...values)).toMatchObject(expected);
  });
});

describe("SOCKS 5 answers", () => {
  const login = { proxyUsername: "user", proxyPassword: "secret" };
  const request = 10; // bytes, for an address of IPv4

  const replied = (...values: number[]) =>
    answeredWith("socks5", async (peer) => {
      await peer.take(3);
      await peer.send(bytes(5, 0));
      await peer.take(request);
      await peer.send(bytes(...values));
    });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 255])("no, with the code %i", async (code) => {
    expect(await replied(5, code, 0, 1, 0, 0, 0, 0, 0, 0)).toMatchObject(refused);
  });

  test.each([
    ["no method will do", [5, 0xff], {}, unauthenticated],
    ["no method will do, not even a password", [5, 0xff], login, unauthenticated],
    ["a method that was not offered", [5, 2], {}, malformed],
    ["a method that does not exist", [5, 0x80], login, malformed],
    ["another version", [4, 0], {}, malformed],
    ["one byte that is wrong", [0x48], {}, malformed],
  ])("%s", async (_what, values, more, expected) => {
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
    ["a wrong password", [1, 1], unauthenticated],
    ["another version of authentication", [5, 0], malformed],
  ])("%s", async (_what, values, expected) => {
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
    ["another version", [4, 0, 0, 1]],
    ["an address of no known kind", [5, 0, 0, 9, 0, 0]],
  ])("%s, to the request", async (_what, values) => {
    expect(await replied(...values)).toMatchObject(malformed);
  });

  /** Says yes like this, and then is the broker. */
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
  ])("yes, from %s, in single bytes", async (_what, address) => {
    expect(await grantedWith(5, 0, 0, ...address, 0, 80)).toBe("connected");
  });
});

describe("HTTP answers", () => {
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
  ])("%s", async (status, more, expected) => {
    const error = await answer(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nno`, more);
    expect(error).toMatchObject({ ...expected, message: expect.stringContaining(status) });
    expect(String(error)).not.toContain("secret");
  });

  test.each([
    ["not of HTTP", "SSH-2.0-OpenSSH_9.2\r\n"],
    ["what is wrong from the start", "XX"],
    ["a line without end", `HTTP/1.1 200 ${"a".repeat(100_000)}`],
    ["headers without end", `HTTP/1.1 200 OK\r\n${"X-Header: value\r\n".repeat(100_000)}`],
    ["a status that is no number", "HTTP/1.1 yes\r\n\r\n"],
  ])("%s", async (_what, text) => {
    expect(await answer(text)).toMatchObject(malformed);
  });

  test.each([
    ["yes", "HTTP/1.1 200 Connection established\r\n\r\n"],
    ["yes, in HTTP/1.0 and without a word", "HTTP/1.0 200\r\n\r\n"],
    [
      "yes, with headers that mean nothing here",
      "HTTP/1.1 200 OK\r\nContent-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n",
    ],
    ["another kind of yes", "HTTP/1.1 204 No Content\r\n\r\n"],
    ["first something else", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"],
  ])("%s, in single bytes", async (_what, text) => {
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

  test("lets in who has an account, and nobody else", async () => {
    expect(await through({ proxyUsername: "user", proxyPassword: "pass" })).toBe("connected");
    const wrong = await through({ proxyUsername: "user", proxyPassword: "wrong" });
    expect(wrong).toMatchObject({ code: expect.stringMatching(/^PROXY_(AUTHENTICATION_FAILED|REFUSED)$/) });
    expect(await through({})).toMatchObject(unauthenticated);
  });

  test("says so when nobody listens where it is to connect to", async () => {
    await using gone = await ScriptedBroker.serving();
    gone.refuse();
    const error = await through({ proxyUsername: "user", proxyPassword: "pass" }, gone.url);
    expect(error).toMatchObject(refused);
  });
});

test.each(["socks4", "socks5", "http"] as const)("no proxy of the kind %s is there", async (proxyType) => {
  const port = await (async () => {
    await using server = await PeerServer.start(() => {});
    return server.port;
  })();
  const proxy = { proxyType, proxyAddr: "127.0.0.1", proxyPort: port };
  expect(await outcome(broker.url, { proxy })).toMatchObject({ name: "MqttError", code: "ECONNREFUSED" });
});
