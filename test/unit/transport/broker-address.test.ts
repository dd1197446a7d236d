import { describe, expect, test } from "vitest";
import { parseTarget } from "../../support/parse-target.ts";

describe("hosts and ports", () => {
  test.each<[args: unknown[], host: string, port: number]>([
    [["broker"], "broker", 1883],
    [["broker", 1884], "broker", 1884],
    [["broker", { port: 1884 }], "broker", 1884],
    [["::1"], "::1", 1883],
    [["::"], "::", 1883],
    [["fe80::1%eth0"], "fe80::1%eth0", 1883],
    [["broker", { tlsParams: {} }], "broker", 1883],
    [["broker", { transport: "websockets" }], "broker", 1883],
    [["mqtt://broker"], "broker", 1883],
    [["tcp://broker"], "broker", 1883],
    [["mqtts://broker"], "broker", 8883],
    [["ssl://broker"], "broker", 8883],
    [["ws://broker"], "broker", 80],
    [["wss://broker"], "broker", 443],
    [["wss://broker:8084"], "broker", 8084],
    [["ws://broker:80"], "broker", 80],
    [["mqtt://broker", { tlsParams: {} }], "broker", 1883],
    [["mqtts://broker", { port: 1 }], "broker", 1],
    [["MQTTS://broker"], "broker", 8883],
    [[" mqtt://broker "], "broker", 1883],
    [["mqtt://broker/"], "broker", 1883],
    [["mqtts://[::1]:8884"], "::1", 8884],
    [[new URL("wss://broker")], "broker", 443],
    [["tls://broker"], "broker", 8883],
    [["under_score"], "under_score", 1883],
    [["_mqtt._tcp.example."], "_mqtt._tcp.example.", 1883],
    [["mqtt://under_score."], "under_score.", 1883],
    [["Broker"], "Broker", 1883],
    [["127.1"], "127.1", 1883],
    [["broker.1"], "broker.1", 1883],
    [["fe80::1%\u00fc"], "fe80::1%\u00fc", 1883],
  ])("%j", (args, host, port) => {
    expect(parseTarget(...args)).toMatchObject({ host, port, path: undefined });
  });

  test.each<[host: string, ascii: string]>([
    ["b\u00fccher.example", "xn--bcher-kva.example"],
    ["B\u00dcCHER.Example.", "xn--bcher-kva.example."],
    ["stra\u00dfe.example", "xn--strae-oqa.example"],
    ["_\u00fc_.example", "xn--__-xka.example"],
    ["\u65e5\u672c\u3002example", "xn--wgv71a.example"],
    ["xn--bcher-kva.\u00fc", "xn--bcher-kva.xn--tda"],
    ["\uff4cocalhost", "localhost"],
    ["\uff11\uff12\uff17.0.0.1", "127.0.0.1"],
  ])("%s is %s in ASCII", (host, ascii) => {
    expect(parseTarget(host)).toMatchObject({ host: ascii, name: `${ascii}:1883` });
    for (const scheme of ["mqtt", "mqtts", "tcp", "ssl", "tls", "ws", "wss"]) {
      for (const url of [`${scheme}://${host}:1883`, `${scheme}://${encodeURIComponent(host)}:1883`]) {
        expect(parseTarget(url)).toMatchObject({ host: ascii, port: 1883 });
        expect(parseTarget(new URL(url))).toMatchObject({ host: ascii, port: 1883 });
      }
    }
    const proxy = { proxyType: "http", proxyAddr: host };
    expect(parseTarget("broker", { proxy }).proxy).toMatchObject({ host: ascii });
    expect(parseTarget("broker", { tlsContext: { servername: host } }).tls).toMatchObject({
      serverName: ascii,
    });
  });

  test.each([
    "\u00fc\u200dx",
    "\u05d0a",
    "x\u2024y",
    "a\uff0fb",
    "a\uff1a1",
    "a\uff05b",
    "\u00ad",
    "x\ufffd",
    "x\ud800",
    "xn--a.\u00fc",
  ])("IDNA has nothing for %j", (host) => {
    const message = (name: string) =>
      new RegExp(`^${name} must be a host name or an address, not '.*', which IDNA cannot convert to ASCII$`);
    expect(() => parseTarget(host)).toThrow(message("hostname"));
    if (host !== "x\ud800")
      expect(() => parseTarget(`mqtt://${encodeURIComponent(host)}`)).toThrow(message("hostname"));
    const proxy = { proxyType: "http", proxyAddr: host };
    expect(() => parseTarget("broker", { proxy })).toThrow(message("proxy.proxyAddr"));
    const tlsContext = { servername: host };
    expect(() => parseTarget("broker", { tlsContext })).toThrow(message("tlsContext.servername"));
  });

  test.each<[args: unknown[], message: RegExp]>([
    [[""], /hostname must be a host name, an address or a URL, not ''/],
    [["two words"], /hostname must be a host name or an address, not 'two words'/],
    [["broker\0.example"], /hostname/],
    [["/run/broker.sock"], /hostname .* a path needs transport: "unix"/],
    [["://broker"], /hostname/],
    [["broker:1883"], /not 'broker:1883'; a port belongs in the argument port, or .* mqtt:\/\/host:port/],
    [["mqtt:broker"], /hostname .* URL such as mqtt:\/\/host:port/],
    [["[::1]"], /hostname .* no brackets/],
    [["[::1]:1883"], /hostname .* no brackets/],
    [["b%C3%BCcher"], /hostname .* not 'b%C3%BCcher'; only a URL is percent-encoded/],
    [["b\u00fccher#x"], /hostname must be a host name or an address, not 'b\u00fccher#x'$/],
    [["b\u00fccher?x"], /hostname must be/],
    [["b\u00fccher\\x"], /hostname must be/],
    [["broker<x"], /hostname must be/],
    [["me:secret@broker"], /not '…@broker'; a user name belongs in the option username, or in a URL/],
    [["mqtt://a%20b"], /hostname must be a host name or an address, not 'a b'/],
    [["mqtt://a%2Fb"], /hostname .* not 'a\/b'/],
    [["mqtt://a%3A1"], /hostname .* not 'a:1'/],
    [["mqtt://a%ffb"], /The host 'a%ffb' in the URL must be percent-encoded UTF-8/],
    [["mqtt://a%zz"], /The host 'a%zz' in the URL must be percent-encoded UTF-8/],
    [["http://broker"], /scheme must be one of mqtt: .* unix: mqtt\+unix:, not http:/],
    [["mqtt://"], /names no host/],
    [["mqtt://broker:99999"], /hostname must be/],
    [["mqtt://broker:0"], /port must be a whole number from 1/],
    [["mqtt://broker/topic"], /mqtt: must have neither path nor query/],
    [["mqtts://broker?x=1"], /mqtts: must have neither path nor query/],
    [["ws://broker/mqtt#top"], /fragment/],
    [["mqtt://us%er@broker"], /percent-encoded/],
    [["mqtt://broker", 1883], /URL and a port argument exclude each other/],
    [
      ["broker", { host: "other" }],
      /There is no option host: did you mean .*\? There are acknowledge, .*, will$/,
    ],
    [["broker", { port: "1883" }], /port must be a number/],
  ])("%j is refused", (args, message) => {
    expect(() => parseTarget(...args)).toThrow(message);
  });

  test("errors do not show parts of a URL that may belong to a password", () => {
    for (const url of ["mqtt://me:se/cret@broker", "mqtt://me:1/cret@broker", "mqtt://me#cret@broker"])
      expect(() => parseTarget(url)).toThrow(/^(?!.*cret)/s);
  });
});

describe("Unix sockets", () => {
  test.each<[args: unknown[], path: string]>([
    [["unix:/run/broker.sock"], "/run/broker.sock"],
    [["unix:///run/broker.sock"], "/run/broker.sock"],
    [["unix:run/broker.sock"], "run/broker.sock"],
    [["unix:/a%20socket%25"], "/a socket%"],
    [["unix:/bücher"], "/bücher"],
    [["unix:@broker"], "\0broker"],
    [["unix:%00broker"], "\0broker"],
    [["UNIX:/run/Broker.sock"], "/run/Broker.sock"],
    [[new URL("unix:/run/broker.sock")], "/run/broker.sock"],
    [[new URL("unix:@broker")], "\0broker"],
    [["unix:/run/broker.sock", { transport: "unix" }], "/run/broker.sock"],
    [["mqtt+unix:///run/broker.sock"], "/run/broker.sock"],
    [["/run/broker.sock", { transport: "unix" }], "/run/broker.sock"],
    [["relative.sock", { transport: "unix" }], "relative.sock"],
    [["/not%20decoded", { transport: "unix" }], "/not%20decoded"],
    [["/x://y", { transport: "unix" }], "/x://y"],
    [["@broker", { transport: "unix" }], "\0broker"],
    [["\0broker", { transport: "unix" }], "\0broker"],
  ])("%j", (args, path) => {
    expect(parseTarget(...args)).toMatchObject({ path, host: "localhost" });
  });

  test.each<[args: unknown[], message: RegExp]>([
    [["unix:"], /names no socket/],
    [["unix:///"], /names no socket/],
    [["unix://host/run/broker.sock"], /unix: must have a path and nothing else/],
    [["mqtt+unix://host/run/broker.sock"], /mqtt\+unix: must have a path and nothing else/],
    [["unix:/run/broker.sock?x"], /unix: must have a path and nothing else/],
    [["unix:/run/%ff"], /path in the URL must be percent-encoded/],
    [["unix:@"], /hostname must be the path of a socket/],
    [["unix:/run/x%00y"], /hostname must be the path of a socket/],
    [["/run/x\0y", { transport: "unix" }], /hostname must be the path of a socket/],
    [["", { transport: "unix" }], /hostname must be/],
    [["/run/x", 1883, { transport: "unix" }], /port is not for Unix sockets/],
    [["/run/x", { transport: "unix", bindAddress: "127.0.0.1" }], /bindAddress is not for Unix sockets/],
    [["/run/x", { transport: "unix", bindPort: 1 }], /bindPort is not for Unix sockets/],
    [["unix:/run/x", { proxy: { proxyType: "http", proxyAddr: "p" } }], /proxy is not for Unix sockets/],
    [["unix:/run/x", { websocketPath: "/" }], /websocketPath needs transport "websockets"/],
  ])("%j is refused", (args, message) => {
    expect(() => parseTarget(...args)).toThrow(message);
  });
});

describe("transports", () => {
  test.each<[url: string, transport: string]>([
    ["mqtt://broker", "tcp"],
    ["mqtts://broker", "tcp"],
    ["ws://broker", "websockets"],
    ["wss://broker", "websockets"],
  ])("%s may be said to be %s, and is nothing else", (url, right) => {
    for (const transport of ["tcp", "websockets", "unix"]) {
      const construct = () => parseTarget(url, { transport });
      if (transport === right) construct();
      else
        expect(construct).toThrow(`Option transport must be '${right}' with a URL of ${url.split("/")[0]}`);
    }
  });

  test.each(["TCP", "ws", "", null, 1])("there is no transport %j", (transport) => {
    expect(() => parseTarget("broker", { transport })).toThrow(
      /Option transport must be "tcp", "websockets" or "unix", not/,
    );
  });
});

test.each<[args: unknown[], name: string]>([
  [["broker"], "broker:1883"],
  [["::1"], "[::1]:1883"],
  [["unix:@broker"], "@broker"],
])("the log calls %j %s", (args, name) => {
  expect(parseTarget(...args).name).toBe(name);
});
