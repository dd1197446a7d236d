import { describe, expect, test } from "vitest";
import { roadOf } from "../../support/road-of.ts";

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
  ])("%j", (args, host, port) => {
    expect(roadOf(...args)).toMatchObject({ host, port, path: undefined });
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
    [["http://broker"], /scheme must be one of mqtt: .* unix:, not http:/],
    [["mqtt://"], /names no host/],
    [["mqtt://broker:99999"], /hostname must be/],
    [["mqtt://broker:0"], /port must be a whole number from 1/],
    [["mqtt://broker/topic"], /mqtt: must have neither path nor query/],
    [["mqtts://broker?x=1"], /mqtts: must have neither path nor query/],
    [["ws://broker/mqtt#top"], /fragment/],
    [["mqtt://us%er@broker"], /percent-encoded/],
    [["mqtt://broker", 1883], /URL and a port argument exclude each other/],
    [["broker", { host: "other" }], /There is no option host; there are authentication, .*, will$/],
    [["broker", { port: "1883" }], /port must be a number/],
  ])("%j is refused", (args, message) => {
    expect(() => roadOf(...args)).toThrow(message);
  });

  test("what may be part of a password is not shown", () => {
    for (const url of ["mqtt://me:se/cret@broker", "mqtt://me:1/cret@broker", "mqtt://me#cret@broker"])
      expect(() => roadOf(url)).toThrow(/^(?!.*cret)/s);
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
    [["/run/broker.sock", { transport: "unix" }], "/run/broker.sock"],
    [["relative.sock", { transport: "unix" }], "relative.sock"],
    [["/not%20decoded", { transport: "unix" }], "/not%20decoded"],
    [["/x://y", { transport: "unix" }], "/x://y"],
    [["@broker", { transport: "unix" }], "\0broker"],
    [["\0broker", { transport: "unix" }], "\0broker"],
  ])("%j", (args, path) => {
    expect(roadOf(...args)).toMatchObject({ path, host: "localhost" });
  });

  test.each<[args: unknown[], message: RegExp]>([
    [["unix:"], /names no socket/],
    [["unix:///"], /names no socket/],
    [["unix://host/run/broker.sock"], /unix: must have a path and nothing else/],
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
    expect(() => roadOf(...args)).toThrow(message);
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
      const construct = () => roadOf(url, { transport });
      if (transport === right) construct();
      else
        expect(construct).toThrow(`Option transport must be '${right}' with a URL of ${url.split("/")[0]}`);
    }
  });

  test.each(["TCP", "ws", "", null, 1])("there is no transport %j", (transport) => {
    expect(() => roadOf("broker", { transport })).toThrow(
      /Option transport must be "tcp", "websockets" or "unix", not/,
    );
  });
});

test.each<[args: unknown[], name: string]>([
  [["broker"], "broker:1883"],
  [["::1"], "[::1]:1883"],
  [["unix:@broker"], "@broker"],
])("the log calls %j %s", (args, name) => {
  expect(roadOf(...args).name).toBe(name);
});
