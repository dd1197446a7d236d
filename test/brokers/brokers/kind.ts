import type { Feature, Protocol, TransportName } from "../terms.ts";

/** The ports and the folder of one broker process. */
export interface Workspace {
  /** For configuration and data. It outlives a restart, and is removed at the end. */
  readonly directory: string;
  readonly ports: {
    readonly tcp: number;
    readonly websocket: number;
    /** A port for other protocols of the broker. */
    readonly other: number;
    readonly epmd: number;
  };
}

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to our environment. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** A deviation from MQTT, or from another statement of its broker, that has been looked into. */
export interface Fault {
  /** The name of the check that fails because of it. */
  readonly check: string;
  /** Every one, unless given. */
  readonly protocols?: readonly Protocol[];
  readonly transports?: readonly TransportName[];
  readonly reason: string;
  /** Matches the message of the error by which the check fails. Any other error is a failure. */
  readonly error: RegExp;
  /** The packets that show it, one a line: the direction, the name, the bytes. */
  readonly packets?: readonly string[];
  /** Whether the check fails in some runs only. Then a pass is not reported. */
  readonly sometimes?: true;
}

/** One kind of broker: how to find, configure, start and judge it. */
export interface BrokerKind {
  /** As on the command line. */
  readonly name: string;
  readonly title: string;
  readonly protocols: readonly Protocol[];
  /** The version that is installed. Throws an Error that says why the broker cannot be had. */
  version(): string;
  /** Writes the configuration. */
  configure(workspace: Workspace): void;
  command(workspace: Workspace): Command;
  /** A process that the broker needs; it runs from before the first start to the end. */
  companion?(workspace: Workspace): Command;
  /** Every client's. */
  readonly credentials?: Credentials;
  /** Credentials that the broker does not accept. */
  readonly refused: Partial<Credentials>;
  /** The path of its WebSocket. */
  readonly path?: string;
  /** Writes to disk what the broker has acknowledged. Resolves when it is there. Without it that is so at any time. */
  save?(broker: BrokerProcess): Promise<void>;
  /** Features that are missing, each with the reason. */
  readonly lacks: Readonly<Partial<Record<Feature, string>>>;
  readonly faults: readonly Fault[];
}

/** A process that can be asked to save. */
export interface BrokerProcess {
  readonly directory: string;
  signal(signal: NodeJS.Signals): void;
  /** Everything it has said so far. */
  log(): string;
}
