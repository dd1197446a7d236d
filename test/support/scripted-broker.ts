import { once } from "node:events";
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { type Layers, parseScheme, ServerLayers } from "./layers.ts";
import { Mailbox } from "./mailbox.ts";
import type { Answers } from "./scripted-answers.ts";
import { type Patience, ScriptedSession } from "./scripted-session.ts";

export interface ListenAt extends Layers {
  /** The default is 127.0.0.1; "::1" is IPv6. */
  host?: string;
  /** The default is any free port. */
  port?: number;
  /** A Unix socket, which replaces host and port. */
  path?: string;
}

/**
 * A broker that a test controls to the byte. It shares no code with the library, so that an error in the library cannot
 * hide here.
 *
 *     await using broker = await ScriptedBroker.start();
 *     const session = await broker.accept();
 *     await session.receive("CONNECT");
 *     session.send(session.packets.connack({ reasonCode: 0x87 }));
 *
 *     await using broker = await ScriptedBroker.serving({ PINGREQ: silence }); // polite in everything else
 */
export class ScriptedBroker {
  /** All connections so far. */
  readonly sessions: ScriptedSession[] = [];
  readonly host: string;
  readonly port: number;
  /** The URL for clients: mqtt://…, unix:… or the scheme of its layers. */
  readonly url: string;

  readonly #server: Server;
  readonly #layers: ServerLayers;
  readonly #sockets = new Set<Socket>();
  readonly #unclaimed: Mailbox<ScriptedSession>;

  /** Listens and accepts; sends nothing by itself. */
  static start(at: ListenAt = {}): Promise<ScriptedBroker> {
    return ScriptedBroker.#listen(at, () => {});
  }

  /** Answers every client as a polite broker does; `overrides` replace some answers. */
  static serving(overrides: Answers = {}, at: ListenAt = {}): Promise<ScriptedBroker> {
    return ScriptedBroker.#listen(at, (session) => session.serve(overrides));
  }

  static async #listen(at: ListenAt, welcome: (session: ScriptedSession) => void): Promise<ScriptedBroker> {
    const where: ListenOptions = at.path
      ? { path: at.path }
      : { host: at.host ?? "127.0.0.1", port: at.port ?? 0 };
    const server = createServer().listen(where);
    await once(server, "listening");
    return new ScriptedBroker(server, at, welcome);
  }

  private constructor(server: Server, layers: Layers, welcome: (session: ScriptedSession) => void) {
    this.#server = server;
    this.#unclaimed = new Mailbox();
    const address = server.address() as AddressInfo | string;
    const { host, port, url } =
      typeof address === "string" ? atPath(address) : atPort(address, parseScheme(layers));
    this.host = host;
    this.port = port;
    this.url = url;
    this.#layers = new ServerLayers(layers, (stream, socket) => {
      const session = new ScriptedSession(stream, socket);
      welcome(session);
      this.sessions.push(session);
      this.#unclaimed.push(session);
    });
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => {}); // "close" follows
      socket.on("close", () => this.#sockets.delete(socket));
      this.#layers.add(socket);
    });
  }

  /** The errors of clients that did not get as far as MQTT. */
  get failures(): readonly Error[] {
    return this.#layers.failures;
  }

  /** The next connection that no test has accepted. */
  async accept({ within = 5_000 }: Patience = {}): Promise<ScriptedSession> {
    const session = await this.#unclaimed.take(within);
    if (session === "closed") throw new Error("the broker was stopped before a client connected");
    if (session === "timed out")
      throw new Error(`no client connected in time (${this.sessions.length} did so before)`);
    return session;
  }

  /** Stops listening, so that further connections are refused. Open connections stay. */
  refuse(): void {
    if (this.#server.listening) this.#server.close();
  }

  /** Ends everything. Rejects with the first violation of the protocol by a client, so that none goes unnoticed. */
  async stop(): Promise<void> {
    this.refuse();
    this.#unclaimed.close();
    for (const session of this.sessions) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.sessions.map(({ closed }) => closed));
    const faults = this.sessions.flatMap(({ protocolError }) => protocolError ?? []);
    if (faults.length > 0) throw faults[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

const atPath = (path: string) => ({ host: path, port: 0, url: `unix:${path}` });

const atPort = ({ address, port, family }: AddressInfo, scheme: string) => ({
  host: address,
  port,
  url: `${scheme}://${family === "IPv6" ? `[${address}]` : address}:${port}`,
});
