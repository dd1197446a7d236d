import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import {
  Client,
  type DisconnectProperties,
  MqttCodeError,
  MqttConnectError,
  type MqttError,
} from "mqtt-native";
import type { Io } from "../frame/io.ts";
import { UsageError } from "../frame/usage-error.ts";
import { clientArguments } from "./client-options.ts";
import { connectFailure, formatError, lossFailure, type Report, readCode } from "./failures.ts";
import type { ConnectionSettings } from "./settings.ts";
import { Trace } from "./trace.ts";

/** Seconds between two attempts to connect again, as in mosquitto's clients. */
const RECONNECT_DELAY = 1;

/** Options of the client that follow from what a command does. */
export interface ExtraOptions {
  /** MQTT 5: the messages that the broker may send before they are acknowledged. */
  receiveMaximum?: number;
  topicAliases?: "off";
  acknowledge?: "manual";
}

/** The connection of a command: it connects, reports failures, and writes the trace. */
export class Broker {
  readonly client: Client;
  readonly #settings: ConnectionSettings;
  readonly #io: Io;
  readonly #address: string;
  /** The trace of `-d`; undefined without. */
  readonly trace: Trace | undefined;
  #hasConnected = false;

  /**
   * Makes a client.
   *
   * @param reconnect whether it connects again after a loss
   * @throws UsageError for flags that the client cannot have
   */
  static async create(
    settings: ConnectionSettings,
    io: Io,
    reconnect: boolean,
    extra: ExtraOptions = {},
  ): Promise<Broker> {
    const { bindAddress } = settings;
    if (bindAddress !== undefined && isIP(bindAddress) === 0) {
      settings.bindAddress = (await lookup(bindAddress)).address;
    }
    try {
      return new Broker(settings, io, reconnect, extra);
    } catch (error) {
      throw new UsageError(formatError(error));
    }
  }

  private constructor(
    settings: ConnectionSettings,
    io: Io,
    reconnect: boolean,
    { receiveMaximum, ...others }: ExtraOptions,
  ) {
    const [host, options] = clientArguments(settings);
    if (options.properties && receiveMaximum !== undefined) {
      options.properties = { receiveMaximum, ...options.properties };
    }
    Object.assign(options, others);
    if (reconnect) options.reconnect = { retry: (error) => this.#retry(error) };
    this.#settings = settings;
    this.#io = io;
    this.#address = options.port === undefined ? host : `${host}:${options.port}`;
    this.client = new Client(host, options);
    if (settings.debug) this.trace = new Trace(io.output);
  }

  /** Connects. It resolves to the report of a failure, or to undefined. */
  async connect(): Promise<Report | undefined> {
    const { trace } = this;
    if (trace) trace.identifier = this.client.identifier;
    trace?.connect();
    try {
      await this.client.connect();
    } catch (error) {
      const report = connectFailure(error, this.#settings.version, this.#address);
      if (error instanceof MqttConnectError) trace?.connack(report.exitCode);
      return report;
    }
    this.#hasConnected = true;
    if (trace) trace.identifier = this.client.identifier;
    trace?.connack(0);
    return undefined;
  }

  /** Ends the connection with the flags' properties of DISCONNECT. */
  async disconnect(reasonCode = 0): Promise<void> {
    if (this.client.connected) this.trace?.disconnect();
    const isV5 = this.#settings.version === "5";
    const properties = this.#settings.properties.disconnect as DisconnectProperties | undefined;
    await this.client.disconnect(isV5 ? { reasonCode, ...(properties ? { properties } : {}) } : {});
  }

  /** Returns the report of a connection that ended for good. */
  lost(error: MqttError): Report {
    const cause = error.cause instanceof MqttConnectError ? error.cause : error;
    return cause instanceof MqttConnectError
      ? connectFailure(cause, this.#settings.version, this.#address)
      : lossFailure(cause);
  }

  /** Prints an error, and returns the exit code. */
  fail({ message, exitCode }: Report): number {
    this.warn(message);
    return exitCode;
  }

  /** Prints a line on standard error, unless `--quiet` was given. */
  warn(message: string): void {
    if (!this.#settings.quiet) this.#io.errors.write(`${message}\n`);
  }

  /** Returns the seconds until the next attempt, or false for none. */
  #retry(error: MqttError): number | false {
    if (error instanceof MqttConnectError) return false;
    if (error instanceof MqttCodeError && error.reasonCode.value === SESSION_TAKEN_OVER) return false;
    if (!this.#hasConnected && !WAS_ACCEPTED.includes(readCode(error))) return false;
    this.warn(`Warning: No connection (${formatError(error)}). The next attempt is in ${RECONNECT_DELAY} s.`);
    return RECONNECT_DELAY;
  }
}

const SESSION_TAKEN_OVER = 0x8e;

/** Codes of failures behind an accepted connection. Mosquitto's clients take it for a connection that was lost. */
const WAS_ACCEPTED = ["CONNECTION_LOST", "ECONNRESET"];
