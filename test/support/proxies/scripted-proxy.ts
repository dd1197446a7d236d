import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Peer, PeerServer } from "../peer.ts";
import type { Account } from "./services.ts";

/** The request of a client to a proxy. */
export interface ProxyRequest {
  kind: "socks4" | "socks4a" | "socks5" | "http";
  host: string;
  port: number;
  /** The user of SOCKS 4, or the user of the credentials. */
  username?: string | undefined;
  password?: string | undefined;
  /** The whole request, for HTTP. */
  text?: string;
}

/**
 * A proxy that speaks SOCKS 4, 4a and 5 and HTTP CONNECT. It recognises the protocol by its first byte, and records the
 * requests.
 */
export class ScriptedProxy implements AsyncDisposable {
  /** All requests in their order. */
  readonly requests: ProxyRequest[];
  /** The addresses of its clients. */
  readonly clients: (string | undefined)[];
  readonly #server: PeerServer;

  /** Starts a proxy. With an account, it refuses clients without these credentials. */
  static async start(account?: Account): Promise<ScriptedProxy> {
    const requests: ProxyRequest[] = [];
    const clients: (string | undefined)[] = [];
    const server = await PeerServer.start(async (peer, { remoteAddress }) => {
      clients.push(remoteAddress);
      const [first] = await peer.take(1);
      const negotiate = first === 4 ? socks4 : first === 5 ? socks5 : http;
      await negotiate(peer, account, requests);
    });
    return new ScriptedProxy(server, requests, clients);
  }

  private constructor(server: PeerServer, requests: ProxyRequest[], clients: (string | undefined)[]) {
    this.clients = clients;
    this.#server = server;
    this.requests = requests;
  }

  get host(): string {
    return this.#server.host;
  }

  get port(): number {
    return this.#server.port;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

type Negotiation = (peer: Peer, account: Account | undefined, requests: ProxyRequest[]) => Promise<void>;

/** SOCKS 4 and its extension 4a: an address 0.0.0.x means that a name follows. */
const socks4: Negotiation = async (peer, account, requests) => {
  const [command, high = 0, low = 0, ...address] = await peer.take(7);
  const username = await takeText(peer);
  const isName = address[0] === 0 && address[1] === 0 && address[2] === 0 && address[3] !== 0;
  const host = isName ? await takeText(peer) : address.join(".");
  const port = high * 256 + low;
  requests.push({ kind: isName ? "socks4a" : "socks4", host, port, username });
  const answer = (code: number) => peer.send(Buffer.from([0, code, 0, 0, 0, 0, 0, 0]));
  if (command !== 1) return answer(0x5b).then(() => end(peer));
  if (account && username !== account.username) return answer(0x5d).then(() => end(peer));
  await join(peer, host, port, (reached) => answer(reached ? 0x5a : 0x5b));
};

/** RFC 1928, with the credentials of RFC 1929. */
const socks5: Negotiation = async (peer, account, requests) => {
  const [count = 0] = await peer.take(1);
  const methods = await peer.take(count);
  const method = account ? 2 : 0;
  if (!methods.includes(method)) return peer.send(Buffer.of(5, 0xff)).then(() => end(peer));
  await peer.send(Buffer.of(5, method));
  const credentials = account && (await takeCredentials(peer));
  if (account && credentials) {
    const known = credentials.username === account.username && credentials.password === account.password;
    await peer.send(Buffer.of(1, known ? 0 : 1));
    if (!known) return end(peer);
  }
  const [, command, , type] = await peer.take(4);
  const host = await takeAddress(peer, type);
  const port = (await peer.take(2)).readUInt16BE();
  requests.push({ kind: "socks5", host, port, ...credentials });
  const answer = (code: number) => peer.send(Buffer.from([5, code, 0, 1, 0, 0, 0, 0, 0, 0]));
  if (command !== 1) return answer(7).then(() => end(peer));
  await join(peer, host, port, (reached) => answer(reached ? 0 : 5));
};

/** RFC 9110, section 9.3.6. */
const http: Negotiation = async (peer, account, requests) => {
  const text = `C${(await peer.takeUntil("\r\n\r\n")).toString("latin1")}`;
  const [, host, port] = /^CONNECT (\S+):(\d+) HTTP\/1\.1\r\n/.exec(text) ?? [];
  if (!host || !port) throw new Error(`not a CONNECT request:\n${text}`);
  const [, encoded] = /^Proxy-Authorization: Basic (\S+)\r$/im.exec(text) ?? [];
  const [username, password] = encoded ? splitOnce(Buffer.from(encoded, "base64").toString()) : [];
  requests.push({
    kind: "http",
    host: host.replace(/^\[|\]$/g, ""),
    port: Number(port),
    username,
    password,
    text,
  });
  if (account && (username !== account.username || password !== account.password)) {
    const challenge = 'Proxy-Authenticate: Basic realm="test"';
    await peer.send(
      `HTTP/1.1 407 Proxy Authentication Required\r\n${challenge}\r\nContent-Length: 0\r\n\r\n`,
    );
    return end(peer);
  }
  await join(peer, requests.at(-1)!.host, Number(port), (reached) =>
    peer.send(`HTTP/1.1 ${reached ? "200 Connection established" : "502 Bad Gateway"}\r\n\r\n`),
  );
};

async function join(peer: Peer, host: string, port: number, answer: (reached: boolean) => Promise<void>) {
  const upstream = connect(port, host).setNoDelay(true);
  const reached = await connected(upstream);
  await answer(reached);
  if (reached) peer.joinWith(upstream);
  else end(peer);
}

async function connected(socket: Socket): Promise<boolean> {
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  }
}

function end(peer: Peer): void {
  peer.stream.end();
}

async function takeText(peer: Peer): Promise<string> {
  return (await peer.takeUntil("\0")).subarray(0, -1).toString();
}

async function takePrefixed(peer: Peer): Promise<string> {
  const [length = 0] = await peer.take(1);
  return length === 0 ? "" : (await peer.take(length)).toString();
}

async function takeCredentials(peer: Peer): Promise<Account> {
  await peer.take(1);
  return { username: await takePrefixed(peer), password: await takePrefixed(peer) };
}

async function takeAddress(peer: Peer, type: number | undefined): Promise<string> {
  if (type === 1) return (await peer.take(4)).join(".");
  if (type === 3) return await takePrefixed(peer);
  const bytes = await peer.take(16);
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16)).join(":");
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf(":");
  return [text.slice(0, at), text.slice(at + 1)];
}
