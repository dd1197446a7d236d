import { cpus } from "node:os";
import { type EventLoopUtilization, performance } from "node:perf_hooks";

/** The load of the machine that measures, in one period. */
export interface Load {
  /** The part of the time in which the event loop was busy, 0 to 1. */
  readonly eventLoop: number;
  /** The processors that this process used: 1 is one of them. */
  readonly processors: number;
  /** The part of all processors that the machine used, 0 to 1. */
  readonly machine: number;
}

/** Beyond this part, something is so busy that it may be the limit. */
const FULL = 0.9;
/** The load of a shorter measurement says nothing, in seconds. */
const SHORTEST = 0.5;

/** Measures the load of this process and of the machine. */
export class LoadMeter {
  #loop: EventLoopUtilization = performance.eventLoopUtilization();
  #usage = process.cpuUsage();
  #time = performance.now();
  #ticks = machineTicks();

  /** Returns the load since the last call. */
  read(): Load {
    const loop = performance.eventLoopUtilization();
    const usage = process.cpuUsage();
    const time = performance.now();
    const ticks = machineTicks();
    const busy = usage.user + usage.system - this.#usage.user - this.#usage.system;
    const all = ticks.all - this.#ticks.all;
    const load = {
      eventLoop: performance.eventLoopUtilization(loop, this.#loop).utilization,
      processors: busy / 1000 / (time - this.#time),
      machine: all === 0 ? 0 : 1 - (ticks.idle - this.#ticks.idle) / all,
    };
    this.#loop = loop;
    this.#usage = usage;
    this.#time = time;
    this.#ticks = ticks;
    return load;
  }
}

function machineTicks(): { idle: number; all: number } {
  let idle = 0;
  let all = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.idle + times.user + times.nice + times.sys + times.irq;
  }
  return { idle, all };
}

/** The conditions of a measurement. */
export interface Conditions {
  /** The length of the measurement. */
  readonly seconds: number;
  readonly load: Load;
  /** Messages a second, as wanted; undefined: as fast as answers come. */
  readonly rate: number | undefined;
  /** The part of the messages that were sent more than a millisecond after they were due. */
  readonly late: number;
}

/** Returns the reasons why the figures may be those of this machine rather than of the broker. */
export function findWarnings({ seconds, load, rate, late }: Conditions): string[] {
  const warnings: string[] = [];
  if (seconds < SHORTEST) return warnings;
  // With a rate the event loop polls for the next message, so that it always looks busy.
  if (rate === undefined && load.eventLoop > FULL)
    warnings.push(`The event loop of this process was busy ${percent(load.eventLoop)} of the time.`);
  if (load.machine > FULL)
    warnings.push(`The processors of this machine were busy ${percent(load.machine)} of the time.`);
  if (rate !== undefined && late > 0.01)
    warnings.push(`${percent(late)} of the messages were sent more than 1 ms after they were due.`);
  if (warnings.length > 0) warnings.push("So this machine may be the limit, rather than the broker.");
  return warnings;
}

const percent = (part: number): string => `${Math.round(part * 100)} %`;
