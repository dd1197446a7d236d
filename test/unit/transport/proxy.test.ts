import { expect, test } from "vitest";
import { ProxySettings } from "../../../lib/index.ts";
import { parseTarget } from "../../support/parse-target.ts";

test.each([
  ["socks4", 1080],
  ["socks5", 1080],
  ["http", 8080],
])("the default port of %s is %i", (proxyType, port) => {
  const { proxy } = parseTarget("broker", { proxy: { proxyType, proxyAddr: "proxy" } });
  expect(proxy).toEqual({
    kind: proxyType,
    host: "proxy",
    port,
    remoteNames: true,
    username: "",
    password: "",
  });
});

test("an object and an instance are the same", () => {
  const options = {
    proxyType: "socks5",
    proxyAddr: "::1",
    proxyPort: 1081,
    proxyRdns: false,
    proxyUsername: "me",
    proxyPassword: "word",
  } as const;
  const settings = new ProxySettings(options);
  expect({ ...settings }).toEqual(options);
  expect(parseTarget("broker", { proxy: settings }).proxy).toEqual(
    parseTarget("broker", { proxy: options }).proxy,
  );
});

const socks4 = { proxyType: "socks4", proxyAddr: "proxy" };
const socks5 = { proxyType: "socks5", proxyAddr: "proxy" };
const http = { proxyType: "http", proxyAddr: "proxy" };

test.each([
  [{ ...socks4, proxyUsername: "me" }],
  [{ ...http, proxyUsername: "me" }],
  [{ ...http, proxyUsername: "me", proxyPassword: "" }],
  [{ ...socks5, proxyUsername: "u".repeat(255), proxyPassword: "p".repeat(255) }],
])("%j is taken", (proxy) => {
  expect(parseTarget("broker", { proxy }).proxy).toMatchObject({ username: proxy.proxyUsername });
});

test.each<[proxy: unknown, message: RegExp]>([
  ["socks5://me:word@proxy", /^proxy must be an object, not a string$/],
  [null, /proxy must be an object, not null/],
  [[], /proxy must be an object, not an array/],
  [{}, /proxy.proxyType must be "socks4", "socks5" or "http", not undefined/],
  [{ ...http, proxyType: "SOCKS5" }, /proxy.proxyType .* not 'SOCKS5'/],
  [{ ...http, proxyType: "toString" }, /proxy.proxyType/],
  [{ proxyType: "http" }, /proxy.proxyAddr must be a host name or an address, not undefined/],
  [{ ...http, proxyAddr: "proxy:8080" }, /proxy.proxyAddr .* a port belongs in proxy.proxyPort/],
  [{ ...http, proxyAddr: "http://proxy" }, /proxy.proxyAddr .* of a URL only the host belongs here/],
  [{ ...http, proxyPort: 0 }, /proxy.proxyPort must be a whole number from 1 to 65535, not 0/],
  [{ ...http, proxyRdns: 1 }, /proxy.proxyRdns must be a boolean, not 1/],
  [
    { ...http, proxyUser: "me" },
    /There is no proxy.proxyUser: did you mean proxyUsername\? There are proxyType, proxyAddr/,
  ],
  [{ ...http, proxyUsername: 1 }, /proxy.proxyUsername must be a string, not a number/],
  [{ ...http, proxyUsername: "a:b" }, /proxy.proxyUsername must not contain a colon/],
  [{ ...http, proxyPassword: "word" }, /proxy.proxyPassword needs a proxyUsername/],
  [{ ...socks4, proxyUsername: "me\0" }, /proxy.proxyUsername must not contain U\+0000/],
  [{ ...socks4, proxyUsername: "me", proxyPassword: "word" }, /proxyPassword is not for SOCKS 4/],
  [{ ...socks5, proxyUsername: "me" }, /proxyUsername needs a proxyPassword/],
  [{ ...socks5, proxyUsername: "", proxyPassword: "word" }, /proxyUsername must have 1 to 255 bytes, not 0/],
  [
    { ...socks5, proxyUsername: "me", proxyPassword: "ü".repeat(128) },
    /proxyPassword must have 1 to 255 bytes, not 256/,
  ],
])("%j is refused", (proxy, message) => {
  expect(() => parseTarget("broker", { proxy })).toThrow(message);
  expect(() => parseTarget("broker", { proxy })).toThrow(/^(?!.*word@|.*'word')/s); // and not shown
});
