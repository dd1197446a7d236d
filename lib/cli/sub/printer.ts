import type { Message } from "mqtt-native";
import type { Io } from "../frame/io.ts";
import { type Chunk, formatField, formatNanoseconds } from "./fields.ts";
import { formatJsonLine } from "./message-json.ts";
import type { SubSettings } from "./settings.ts";
import { now, strftime } from "./strftime.ts";

/** The number of collected chunks and bytes that are written without waiting for the end of the turn. */
const MOST_CHUNKS = 1_000;
const MOST_BYTES = 65_536;

const TOPIC_COLOUR = "\x1b[36m";
const NO_COLOUR = "\x1b[0m";

/** Prints messages. It collects what arrives together, and writes it at once. */
export class Printer {
  readonly #settings: SubSettings;
  readonly #io: Io;
  readonly #isColoured: boolean;
  #chunks: Uint8Array[] = [];
  #bytes = 0;

  constructor(settings: SubSettings, io: Io) {
    this.#settings = settings;
    this.#io = io;
    const { verbose, format, json } = settings;
    const { NO_COLOR: noColour } = io.env;
    this.#isColoured = verbose && !format && !json && io.output.isTerminal && !noColour;
  }

  /** Prints a message, in the form that the flags ask for. */
  print(message: Message): void {
    const { json, format, share } = this.#settings;
    if (share < 1 && Math.random() >= share) return;
    if (json) this.#add(`${formatJsonLine(message, now())}\n`);
    else if (format) this.#printFormat(message);
    else this.#printPayload(message);
    if (this.#chunks.length >= MOST_CHUNKS || this.#bytes >= MOST_BYTES) this.flush();
  }

  /** Writes what has been collected. */
  flush(): void {
    if (this.#chunks.length === 0) return;
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    this.#bytes = 0;
    this.#io.output.write(bytes);
  }

  /** Prints the payload, with `-v` behind its topic. Mosquitto's clients print no line for an empty payload. */
  #printPayload({ topic, payload }: Message): void {
    const { verbose, endOfLine } = this.#settings;
    const name = this.#isColoured ? `${TOPIC_COLOUR}${topic}${NO_COLOUR}` : topic.value;
    if (payload.length === 0) {
      if (verbose && endOfLine) this.#add(`${name} (null)\n`);
      return;
    }
    if (verbose) this.#add(`${name} `);
    this.#add(payload);
    if (endOfLine) this.#add("\n");
  }

  #printFormat(message: Message): void {
    const { format = [], endOfLine, pretty, quiet } = this.#settings;
    const source = { message, moment: now(), isPretty: pretty };
    for (const part of format) {
      if (typeof part === "string") this.#add(part);
      else if (part.kind === "time") {
        const isNanoseconds = part.conversion === "N";
        const { moment } = source;
        this.#add(isNanoseconds ? formatNanoseconds(moment) : strftime(`%${part.conversion}`, moment.date));
      } else {
        try {
          this.#add(formatField(part, source));
        } catch {
          const text = `Error: Message payload is not valid JSON on topic ${message.topic}.\n`;
          if (!quiet) this.#io.errors.write(text);
        }
      }
    }
    if (endOfLine) this.#add("\n");
  }

  #add(chunk: Chunk): void {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    this.#chunks.push(bytes);
    this.#bytes += bytes.length;
  }
}
