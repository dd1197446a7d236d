import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Broker } from "../../../scripts/broker.mjs";
import { onFreePorts } from "../../../scripts/services.mjs";
import { AsyncStack } from "../async-stack.ts";
import { startMosquitto } from "../mosquitto.ts";
import { ScriptedProxy } from "../proxies/scripted-proxy.ts";
import { type Account, startMicrosocks, startNginx, startTinyproxy } from "../proxies/services.ts";
import { Relay } from "../relay.ts";
import { Authority, type Identity, makePfx } from "../tls/authority.ts";
import { Gateway } from "./gateway.ts";

/** All servers that a transport may lead through. */
export interface Network extends AsyncDisposable {
  broker: Broker;
  /** The port for each URL scheme, of mosquitto or of a gateway. */
  ports: Record<"mqtt" | "mqtts" | "ws" | "wss", number>;
  /** Further ports where mosquitto itself listens. */
  mosquitto: Record<"mutualTls" | "ws" | "wss", number>;
  /** Mosquitto's Unix socket. */
  path: string;
  /** The name of an abstract socket that leads to mosquitto, without its first NUL. */
  abstractName: string;
  /** The port of nginx, which forwards to mosquitto's WebSocket listener. */
  nginx: number;
  /** The ports of the proxies. The two with a password admit only `account`. */
  proxies: Record<"socks4" | "socks5" | "socks5WithPassword" | "http" | "httpWithPassword", number>;
  account: Account;
  /** The trusted authority, as PEM. */
  ca: string;
  caFile: string;
  /** An identity that mutual TLS accepts. */
  identity: Identity;
  /** The identity as PKCS #12. */
  pfx: Buffer;
  pfxPassphrase: string;
}

/**
 * Starts all servers, which takes about a second. It retries because a port that is free on 127.0.0.1 may be in use on
 * ::1.
 */
export const startNetwork = (): Promise<Network> => onFreePorts(startOnPorts);

async function startOnPorts(): Promise<Network> {
  await using stack = new AsyncStack();
  const root = stack.use(await Authority.create("root"));
  const intermediate = stack.use(await root.subordinate("intermediate"));
  const [server, identity] = [await intermediate.issue(), await intermediate.issue(clientWish)];
  const directory = await mkdtemp(join(tmpdir(), "mqtt-native-network-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const path = join(directory, "socket-0000");
  const broker = stack.use(await startMosquitto(mosquittoWith(root, server, path)));
  const [mqtts = 0, mutualTls = 0, ws = 0, wss = 0] = broker.furtherPorts;
  const tls = { key: server.key, cert: server.chain };
  const ports = {
    mqtt: broker.port,
    mqtts,
    ws: stack.use(await Gateway.to(broker.port, { webSocket: true })).port,
    wss: stack.use(await Gateway.to(broker.port, { webSocket: true, tls })).port,
  };
  for (const port of Object.values(ports)) stack.use(await alsoOnIPv6(port));
  // The name has the maximum length. Node 20 pads shorter names with NULs, and these NULs are part of the name.
  const abstractName = `mqtt-native-${process.pid}-`.padEnd(107, "x");
  stack.use(await Relay.to({ path }, { listen: { path: `\0${abstractName}` } }));
  const account = { username: "user", password: "pass" };
  const proxies = {
    socks4: stack.use(await ScriptedProxy.start()).port,
    socks5: stack.use(await startMicrosocks()).port,
    socks5WithPassword: stack.use(await startMicrosocks(account)).port,
    http: stack.use(await startTinyproxy()).port,
    httpWithPassword: stack.use(await startTinyproxy(account)).port,
  };
  const nginx = stack.use(await startNginx(ws)).port;
  const pfxPassphrase = "open";
  const pfx = await makePfx(identity, pfxPassphrase);
  const owned = stack.move();
  return {
    ...{ broker, ports, path, abstractName, nginx, proxies, account, identity, pfx, pfxPassphrase },
    mosquitto: { mutualTls, ws, wss },
    ca: root.certificate,
    caFile: root.certificateFile,
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** Relays a port of ::1, because localhost may resolve to it. On a machine without IPv6 it does nothing. */
async function alsoOnIPv6(port: number): Promise<AsyncDisposable> {
  try {
    return await Relay.to({ host: "127.0.0.1", port }, { listen: { host: "::1", port } });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRNOTAVAIL") throw error;
    return new AsyncStack();
  }
}

const clientWish = { purpose: "client", names: [] } as const;

function mosquittoWith(root: Authority, server: Identity, path: string) {
  const tls = [`certfile ${server.chainFile}`, `keyfile ${server.keyFile}`];
  const mutualTls = [...tls, `cafile ${root.certificateFile}`, "require_certificate true"];
  const webSocket = ["protocol websockets"];
  return {
    listeners: [tls, mutualTls, webSocket, [...webSocket, ...tls]],
    config: [`listener 0 ${path}`, "log_type all", "max_inflight_messages 0", "max_queued_messages 0"],
  };
}
