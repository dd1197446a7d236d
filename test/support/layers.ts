import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { PeerLeft } from "./peer.ts";
import type { Identity } from "./tls/authority.ts";
import { type UpgradeAnswer, WebSocketStream } from "./websocket/stream.ts";

/** The protocols between the socket and MQTT. */
export interface Layers {
  tls?: TlsOptions;
  /** WebSocket. A function answers the request to upgrade. */
  webSocket?: true | UpgradeAnswer;
}

/** Every combination of layers, by name, for a server with this identity. */
export const kindsOfLayers: Record<string, (server: Identity) => Layers> = {
  TCP: () => ({}),
  TLS: ({ key, chain }) => ({ tls: { key, cert: chain } }),
  WebSocket: () => ({ webSocket: true }),
  "WebSocket over TLS": ({ key, chain }) => ({ webSocket: true, tls: { key, cert: chain } }),
};

/** Called with each stream that carries MQTT, and the socket under it. */
type Ready = (stream: Duplex, socket: Socket) => void;

/** The server side of the layers. */
export class ServerLayers {
  /** The errors of failed TLS handshakes, and the violations of RFC 6455. */
  readonly failures: Error[] = [];
  readonly #tls: Server | undefined;
  readonly #webSocket: Layers["webSocket"];
  readonly #ready: Ready;
  /** The sockets whose TLS handshake is not complete, by the client's port. */
  readonly #negotiating = new Map<number | undefined, Socket>();

  constructor({ tls, webSocket }: Layers, ready: Ready) {
    this.#webSocket = webSocket;
    this.#ready = ready;
    this.#tls = tls && createServer(tls);
    this.#tls?.on("tlsClientError", (error) => this.failures.push(error));
    this.#tls?.on("secureConnection", (stream: TLSSocket) => {
      const socket = this.#negotiating.get(stream.remotePort);
      if (socket) this.#upgrade(stream, socket);
    });
  }

  add(socket: Socket): void {
    if (this.#tls) this.#negotiate(this.#tls, socket);
    else this.#upgrade(socket, socket);
  }

  #negotiate(tls: Server, socket: Socket): void {
    const { remotePort } = socket;
    this.#negotiating.set(remotePort, socket);
    socket.on("close", () => this.#negotiating.delete(remotePort));
    tls.emit("connection", socket);
  }

  #upgrade(under: Duplex, socket: Socket): void {
    if (!this.#webSocket) {
      this.#ready(under, socket);
      return;
    }
    const answer = this.#webSocket === true ? undefined : this.#webSocket;
    WebSocketStream.over(under, answer).then(
      (stream) => this.#ready(stream, socket),
      (error: Error) => {
        if (!(error instanceof PeerLeft)) this.failures.push(error);
        under.destroy();
      },
    );
  }
}

/** The URL scheme for these layers. */
export function parseScheme({ tls, webSocket }: Layers): string {
  if (webSocket) return tls ? "wss" : "ws";
  return tls ? "mqtts" : "mqtt";
}
