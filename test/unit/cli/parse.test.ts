import { describe, expect, test } from "vitest";
import { connectionOptions } from "../../../lib/cli/connection/options.ts";
import { type ConnectionSettings, defaultConnection } from "../../../lib/cli/connection/settings.ts";
import { parse } from "../../../lib/cli/frame/parse.ts";

const topics: string[] = [];
const read = (...words: string[]): ConnectionSettings =>
  parse(connectionOptions, words, { ...defaultConnection(), onUrlTopic: (topic) => topics.push(topic) });

describe("the parser of command lines", () => {
  test("takes the word behind a flag as its value, whatever it begins with", () => {
    expect(read("-P", "-secret", "-u", "--user").password).toBe("-secret");
  });

  test("takes the value behind an equals sign", () => {
    expect(read("--host=broker.example").host).toBe("broker.example");
  });

  test.each([
    ["--hots", "Unknown option '--hots'. Did you mean --host?"],
    ["-K", "Unknown option '-K'. Did you mean -k?"],
    ["--zzzzzzzz", "Unknown option '--zzzzzzzz'."],
    ["word", "Unexpected argument 'word'."],
    ["-h", "-h needs HOST."],
    ["--debug=1", "--debug takes no value."],
  ])("refuses %s", (word, message) => {
    expect(() => read(word)).toThrow(message);
  });

  test("knows that a user property has a name and a value", () => {
    const { properties, version } = read(
      "-D",
      "connect",
      "user-property",
      "a",
      "b",
      "-D",
      "will",
      "content-type",
      "c",
    );
    expect(properties).toEqual({ connect: { userProperties: [["a", "b"]] }, will: { contentType: "c" } });
    expect(version).toBe("5");
  });
});

describe("the URL of a broker", () => {
  test("is percent-decoded, and keeps the wildcards of its topic", () => {
    const settings = read("-L", "mqtts://us%40er:p%3A%25@broker.example:99/a%2Fb/#");
    expect(settings).toMatchObject({ username: "us@er", password: "p:%", host: "broker.example", port: 99 });
    expect(settings.tls.systemCertificates).toBe(true);
    expect(topics.splice(0)).toEqual(["a/b/#"]);
  });

  test("may have an address of IPv6", () => {
    expect(read("-L", "mqtt://[::1]/t")).toMatchObject({ host: "::1", port: 1883 });
  });

  test.each(["http://a/b", "mqtt:///b", "mqtt://host:99999/a", "broker.example"])("is not %s", (url) => {
    expect(() => read("-L", url)).toThrow();
  });
});

test("the URL of a proxy is percent-decoded", () => {
  expect(read("--proxy", "socks5h://us%40er:p%40ss@proxy.example:99").proxy).toEqual({
    ...{ proxyType: "socks5", proxyRdns: true, proxyAddr: "proxy.example", proxyPort: 99 },
    ...{ proxyUsername: "us@er", proxyPassword: "p@ss" },
  });
});

test.each(["-S", "--psk", "--psk-identity", "--tls-engine", "--tls-engine-kpass-sha1", "--keyform"])(
  "%s is refused by its name",
  (flag) => {
    expect(() => read(flag, "x")).toThrow(`${flag} is not supported: `);
  },
);
