import type { Settings } from "../options/settings.ts";
import { MqttError } from "../protocol/errors.ts";
import type { ServerAuthProperties } from "../protocol/property-types.ts";
import { toMessage } from "../util/thrown.ts";
import { setImmediate } from "../util/timers.ts";
import type { MqttClient } from "./client.ts";
import type { Core } from "./core.ts";
import { Link, type LinkListener } from "./link.ts";
import type { IAuthPacket, IConnectPacket } from "./packets.ts";
import { toReceived } from "./properties.ts";
import { defaultPort, toSettings } from "./settings.ts";
import { ConnectionStream } from "./stream.ts";
import type { IClientOptions } from "./types.ts";
import { UnsupportedOptionError } from "./unsupported.ts";

/** Milliseconds, as MQTT.js. */
const CONNECT_TIMEOUT = 30_000;
const CONTINUE_AUTHENTICATION = 0x18;

/** Makes attempts to connect with the options that the client has at the time. */
export class Attempts {
  readonly #core: Core;
  readonly #listener: LinkListener;
  /** The attempt that opens its connection in the next turn. */
  #opening: object | undefined;
  /** The index of the server to try next. */
  #server = 0;

  constructor(core: Core, listener: LinkListener) {
    this.#core = core;
    this.#listener = listener;
  }

  /** Begins an attempt. Its end is an event. The first one throws for options that are not supported. */
  begin(): void {
    const core = this.#core;
    const { client } = core;
    const isFirst = client.stream === undefined;
    const stream = new ConnectionStream(() => core.link?.abort("ABORTED", "The stream was destroyed"));
    client.stream = stream;
    this.#chooseServer();
    completeAddress(client.options);
    try {
      const { connectTimeout = CONNECT_TIMEOUT } = client.options;
      const settings = toSettings({
        options: client.options,
        transformUrl: (url) => this.#transformUrl(client, url),
        answerChallenge: (data, properties) => this.#answerChallenge(data, properties),
      });
      core.link ??= new Link(settings, this.#listener);
      this.#openSoon(core.link, stream, settings, connectTimeout / 1000);
      core.tellSent(toConnectPacket(client));
    } catch (error) {
      if (isFirst && error instanceof UnsupportedOptionError) throw error;
      setImmediate(() => this.#fail(toOptionError(error)));
    }
  }

  /** Gives up an attempt that has not sent anything. Returns false if there is none. */
  cancel(): boolean {
    const wasOpening = this.#opening !== undefined;
    this.#opening = undefined;
    return wasOpening;
  }

  /** Opens the connection in the next turn, so that a client that ends at once never reaches the broker. */
  #openSoon(link: Link, stream: ConnectionStream, settings: Settings, timeout: number): void {
    const opening = {};
    this.#opening = opening;
    setImmediate(() => {
      if (this.#opening !== opening) return;
      this.#opening = undefined;
      if (stream.destroyed) {
        this.#fail(new MqttError("The stream was destroyed", { code: "ABORTED" }));
        return;
      }
      try {
        link.open(settings, timeout);
      } catch (error) {
        this.#fail(toOptionError(error));
        return;
      }
    });
  }

  #fail(error: MqttError): void {
    this.#listener.onFailed({ error, reason: undefined });
  }

  #chooseServer(): void {
    const { options } = this.#core.client;
    const { servers } = options;
    if (!servers || servers.length === 0) return;
    const server = servers[this.#server % servers.length];
    this.#server = (this.#server + 1) % servers.length;
    if (server === undefined) return;
    options.host = server.host;
    options.hostname = server.host;
    options.port = server.port;
    const protocol = server.protocol || options.defaultProtocol;
    if (protocol !== undefined) options.protocol = protocol;
  }

  #transformUrl(client: MqttClient, url: string): string {
    const { transformWsUrl } = client.options;
    return transformWsUrl ? transformWsUrl(url, client.options, client) : url;
  }

  /** Has the program answer a challenge of enhanced authentication. */
  #answerChallenge(_data: Buffer, properties: ServerAuthProperties): Promise<Uint8Array | undefined> {
    const core = this.#core;
    const converted = toReceived(properties);
    const packet = { cmd: "auth", reasonCode: CONTINUE_AUTHENTICATION, properties: converted } as IAuthPacket;
    core.tellReceived(() => packet);
    return new Promise((resolve, reject) => {
      core.client.handleAuth(packet, (error, answer) => {
        if (error) {
          core.fail(undefined, error);
          reject(error);
          return;
        }
        const { properties: own } = (answer ?? {}) as Partial<IAuthPacket>;
        if (answer !== undefined) core.tellSent(answer);
        resolve(own?.authenticationData);
      });
    });
  }
}

/** Returns the error of options that cannot be used. */
function toOptionError(cause: unknown): MqttError {
  return new MqttError(toMessage(cause), { code: "ERR_INVALID_ARG_VALUE", cause });
}

/** Sets the parts of the address that were left out. Programs read them. */
function completeAddress(options: IClientOptions): void {
  if (options.unixSocket) return;
  options.hostname = options.hostname || options.host || "localhost";
  options.port = Number(options.port || defaultPort(options));
  if (options.protocol?.startsWith("ws")) options.path = options.path || "/";
  else options.host = options.host || options.hostname;
}

function toConnectPacket({ options }: MqttClient): IConnectPacket {
  const { protocolId, protocolVersion, clean, clientId, keepalive, username, password, properties, will } =
    options;
  return {
    cmd: "connect",
    protocolId,
    protocolVersion,
    clean,
    clientId,
    keepalive,
    username,
    password,
    properties,
    ...(will && { will }),
  } as IConnectPacket;
}
