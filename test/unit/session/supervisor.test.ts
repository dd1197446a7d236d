import { describe, expect, test } from "vitest";
import {
  MqttCodeError,
  MqttConnectError,
  MqttError,
  ProtocolVersion,
  ReasonCode,
} from "../../../lib/index.ts";
import { parseClientArguments } from "../../../lib/options/address.ts";
import { parseSettings } from "../../../lib/options/settings.ts";
import type { ConnectionEvent } from "../../../lib/session/connection-events.ts";
import { Disconnector } from "../../../lib/session/disconnector.ts";
import { Supervisor } from "../../../lib/session/supervisor.ts";
import { deferred } from "../../../lib/util/deferred.ts";
import { Log } from "../../../lib/util/logger.ts";
import { FakeConnection } from "../../support/fake-connection.ts";

const INFINITY = Number.POSITIVE_INFINITY;
const refused = (host = "a") => new MqttError(`connect ECONNREFUSED ${host}`, { code: "ECONNREFUSED" });
const lost = new MqttError("gone", { code: "CONNECTION_LOST" });
const connack = (value: number, serverReference?: string) =>
  new MqttConnectError(ReasonCode.of(value), { properties: serverReference ? { serverReference } : {} });
const disconnect = (value: number, serverReference?: string) =>
  new MqttCodeError(ReasonCode.of(value), {
    code: "CONNECTION_LOST",
    properties: serverReference ? { serverReference } : {},
  });

/** Delays that no test waits for. */
const QUICK = { minDelay: 0, maxDelay: 0.01 };

/** A supervisor over a fake connection, and what it tells. */
function supervise(addresses: string | readonly string[], options: object = {}) {
  const settings = parseSettings(
    parseClientArguments([addresses as string, { protocol: ProtocolVersion.V5, ...options }]),
  );
  const connection = new FakeConnection();
  const told: string[] = [];
  let renewals: Promise<readonly []> | undefined;
  const log = new Log(undefined);
  const supervisor = new Supervisor(
    settings,
    connection.asConnection,
    new Disconnector(connection.asConnection, async () => {}),
    {
      onConnecting: () => told.push("connecting"),
      onConnected: (_info, isElsewhere) => {
        told.push(isElsewhere ? "connected elsewhere" : "connected");
        return renewals;
      },
      onInterrupted: ({ code }) => told.push(`interrupted ${code}`),
      onGuilty: (token) => told.push(`guilty ${token}`),
      onEnd: (error) => told.push(`end ${error?.code}`),
    },
    log,
  );
  connection.onConnected = (info) => supervisor.onConnected(info);
  connection.onEnd = (error) => supervisor.onConnectionEnd(error);
  const iterator = supervisor.events.iterate(undefined);
  return {
    supervisor,
    connection,
    told,
    /** The next event. */
    event: async (): Promise<ConnectionEvent | undefined> => (await iterator.next()).value,
    connect: (timeout?: number, signal?: AbortSignal) =>
      supervisor.connect({ timeout: timeout ?? 10, signal, isDefault: timeout === undefined }),
    disconnect: () => supervisor.disconnect(Buffer.alloc(0), undefined, 1),
    renewWith: (promise: Promise<readonly []>) => {
      renewals = promise;
    },
    /** The brokers of all attempts. */
    brokers: () => connection.attempts.map(({ broker }) => broker),
  };
}

describe("without reconnect", () => {
  test("a failed attempt ends connect with its error", async () => {
    const { connect, connection, supervisor, event, told } = supervise("a");
    const connected = connect();
    expect(supervisor.state).toBe("connecting");
    connection.fail(refused());
    await expect(connected).rejects.toMatchObject({
      code: "ECONNREFUSED",
      message: "connect ECONNREFUSED a (connect, a:1883)",
    });
    expect(supervisor.state).toBe("disconnected");
    expect(await event()).toMatchObject({ state: "disconnected", error: { code: "ECONNREFUSED" } });
    expect(told).toEqual([]);
  });

  test("a loss ends the client", async () => {
    const { connect, connection, supervisor, event, told } = supervise("a");
    const connected = connect();
    connection.accept();
    expect(supervisor.state).toBe("connected");
    await connected;
    connection.lose(lost);
    expect(supervisor.state).toBe("disconnected");
    expect(told).toEqual(["connected", "end CONNECTION_LOST"]);
    expect(await event()).toMatchObject({
      state: "connected",
      attempt: 1,
      sessionPresent: false,
      refused: [],
    });
    expect(await event()).toMatchObject({ state: "disconnected", error: lost });
    expect(connection.attempts).toHaveLength(1);
  });

  test("connect makes one round over several addresses", async () => {
    const { connect, connection, brokers } = supervise(["a", "b"]);
    const connected = connect();
    connection.fail(refused("a"));
    await connection.attempt();
    connection.fail(refused("b"));
    await expect(connected).rejects.toThrow("connect ECONNREFUSED b (connect, b:1883)");
    expect(brokers()).toEqual(["a:1883", "b:1883"]);
  });

  test("a reference in CONNACK is followed, and one in DISCONNECT is not", async () => {
    const { connect, connection, brokers } = supervise("a", { followServerReference: true });
    const connected = connect();
    connection.fail(connack(0x9c, "b:1"));
    await connection.attempt();
    connection.accept();
    await connected;
    connection.lose(disconnect(0x9c, "c"));
    expect(brokers()).toEqual(["a:1883", "b:1"]);
  });
});

describe("the first connect with reconnect", () => {
  test("tries again after transient failures", async () => {
    const { connect, connection, event, supervisor, told } = supervise("a", { reconnect: QUICK });
    const connected = connect(INFINITY);
    for (let round = 2; round < 5; round++) {
      connection.fail(refused());
      expect(await event()).toMatchObject({
        state: "reconnecting",
        attempt: round,
        error: { code: "ECONNREFUSED" },
      });
      expect(supervisor.state).toBe("connecting");
      await connection.attempt();
    }
    connection.accept(true);
    await connected;
    expect(await event()).toMatchObject({ state: "connected", attempt: 4, sessionPresent: true });
    expect(told).toEqual(["connecting", "connected"]);
    expect(connection.queuesCalls).toBe(true);
  });

  test("rejects with TIMEOUT and the last failure when its time is over", async () => {
    const { connect, connection, supervisor, told } = supervise("a", { reconnect: { minDelay: 30 } });
    const connected = connect(0.05);
    connection.fail(refused());
    await expect(connected).rejects.toMatchObject({
      code: "TIMEOUT",
      message: "Operation timed out (connect, a:1883, limit 0.05 s)",
      cause: { code: "ECONNREFUSED" },
    });
    expect(supervisor.state).toBe("disconnected");
    expect(told).toEqual(["connecting", "end TIMEOUT"]);
    expect(connection.queuesCalls).toBe(false);
    expect(await supervisor.closed).toMatchObject({ code: "TIMEOUT" });
  });

  test("has the time of one round by default, and each attempt that of connectTimeout", async () => {
    const { connect, connection } = supervise(["a", "b", "c"], { reconnect: QUICK, connectTimeout: 7 });
    const connected = connect();
    expect(connection.attempts[0]?.timeout).toBeCloseTo(7, 1);
    connection.fail(connack(0x84));
    await connection.attempt();
    connection.fail(connack(0x85));
    await connection.attempt();
    expect(connection.attempts[2]?.timeout).toBeCloseTo(7, 1);
    connection.fail(connack(0x87));
    await expect(connected).rejects.toMatchObject({ reasonCode: { value: 0x87 } });
  });

  test("an attempt has no more time than is left", async () => {
    const { connect, connection } = supervise("a", { reconnect: QUICK });
    const connected = connect(2);
    expect(connection.attempts[0]?.timeout).toBeLessThanOrEqual(2);
    connection.accept();
    await connected;
  });

  test("rejects at once after a permanent error, only if all addresses have one", async () => {
    const { connect, connection, brokers } = supervise(["a", "b"], { reconnect: QUICK });
    const connected = connect(INFINITY);
    connection.fail(connack(0x87));
    await connection.attempt();
    connection.fail(refused("b"));
    for (const value of [0x87, 0x84]) {
      await connection.attempt();
      connection.fail(connack(value));
    }
    await expect(connected).rejects.toMatchObject({
      code: "CONNECTION_REFUSED",
      reasonCode: { value: 0x84 },
    });
    expect(brokers()).toEqual(["a:1883", "b:1883", "a:1883", "b:1883"]);
  });

  test("gives up after maxAttempts rounds, with the last failure", async () => {
    const { connect, connection } = supervise("a", { reconnect: { ...QUICK, maxAttempts: 2 } });
    const connected = connect(INFINITY);
    connection.fail(refused());
    await connection.attempt();
    connection.fail(new MqttError("Timed out", { code: "TIMEOUT" }));
    await expect(connected).rejects.toThrow(/^Timed out \(connect/);
  });

  test("a signal ends it with the signal's reason, during an attempt and between two", async () => {
    for (const fails of [false, true]) {
      const { connect, connection, supervisor, told } = supervise("a", { reconnect: { minDelay: 30 } });
      const controller = new AbortController();
      const connected = connect(INFINITY, controller.signal);
      if (fails) connection.fail(refused());
      setImmediate(() => controller.abort("enough"));
      await expect(connected).rejects.toBe("enough");
      expect(supervisor.state).toBe("disconnected");
      expect(told).toEqual(["connecting", "end ABORTED"]);
    }
  });

  test("disconnect ends it, during an attempt and between two", async () => {
    for (const fails of [false, true]) {
      const {
        connect,
        disconnect: leave,
        connection,
        supervisor,
        told,
      } = supervise("a", {
        reconnect: { minDelay: 30 },
      });
      const connected = connect(INFINITY);
      connected.catch(() => {});
      if (fails) connection.fail(refused());
      await new Promise(setImmediate);
      await leave();
      await expect(connected).rejects.toMatchObject({ code: "ABORTED" });
      expect(supervisor.state).toBe("disconnected");
      expect(told).toEqual(["connecting", "end undefined"]);
      expect(await supervisor.closed).toBeUndefined();
    }
  });
});

describe("a loss with reconnect", () => {
  /** A supervisor that is connected. */
  async function connected(addresses: string | readonly string[], options: object = {}) {
    const parts = supervise(addresses, { reconnect: QUICK, ...options });
    const promise = parts.connect();
    parts.connection.accept();
    await promise;
    await parts.event();
    parts.told.length = 0;
    return parts;
  }

  test("is followed by another connection", async () => {
    const { connection, supervisor, event, told } = await connected("a");
    connection.lose(lost);
    expect(supervisor.state).toBe("reconnecting");
    expect(await event()).toMatchObject({ state: "reconnecting", error: lost, attempt: 1, delay: 0 });
    await connection.attempt();
    connection.accept(true);
    expect(supervisor.state).toBe("connected");
    expect(await event()).toMatchObject({ state: "connected", sessionPresent: true, attempt: 1 });
    expect(told).toEqual(["interrupted CONNECTION_LOST", "connected"]);
  });

  test.each([0x8e, 0x8f, 0x9e, 0xa1, 0xa2])("by DISCONNECT with %i ends the client", async (value) => {
    const { connection, supervisor, event, told } = await connected(["a", "b"]);
    const error = disconnect(value);
    connection.lose(error);
    expect(await event()).toEqual({ state: "disconnected", error });
    expect(await supervisor.closed).toBe(error);
    expect(told).toEqual(["interrupted CONNECTION_LOST", "end CONNECTION_LOST"]);
    expect(connection.attempts).toHaveLength(1);
    await expect(
      supervisor.readiness.wait({ timeout: 1, signal: undefined }, () => "a"),
    ).rejects.toMatchObject({
      reasonCode: { value },
    });
  });

  test.each([0x81, 0x82, 0x87, 0x90, 0x95, 0x98, 0x99, 0x9a, 0x9b])(
    "by DISCONNECT with %i has a long delay",
    async (value) => {
      const { connection, event, disconnect: leave } = await connected("a", { reconnect: { maxDelay: 20 } });
      connection.lose(disconnect(value));
      const { delay = 0 } = (await event()) as { delay?: number };
      expect(delay).toBeGreaterThanOrEqual(10);
      expect(delay).toBeLessThanOrEqual(20);
      await leave();
    },
  );

  test.each([0x84, 0x85, 0x8c, 0x95, 0x99, 0x9a, 0x9b])(
    "ends the client when CONNACK then has %i",
    async (value) => {
      const { connection, supervisor } = await connected("a");
      connection.lose(lost);
      await connection.attempt();
      connection.fail(connack(value));
      expect(await supervisor.closed).toMatchObject({ reasonCode: { value } });
    },
  );

  test.each([0x81, 0x82, 0x86, 0x87, 0x8a, 0x90])(
    "has a long delay when CONNACK then has %i",
    async (value) => {
      const options = { reconnect: { minDelay: 0, maxDelay: 20 } };
      const { connection, event, disconnect: leave } = await connected("a", options);
      connection.lose(lost);
      await event();
      await connection.attempt();
      connection.fail(connack(value));
      expect(((await event()) as { delay?: number }).delay).toBeGreaterThanOrEqual(10);
      await leave();
    },
  );

  test("begins with the address that worked last, in a new session elsewhere", async () => {
    const { connection, told, brokers } = await connected(["a", "b"]);
    connection.lose(lost);
    await connection.attempt();
    connection.fail(refused());
    await connection.attempt();
    connection.accept();
    expect(told).toEqual(["interrupted CONNECTION_LOST", "connected elsewhere"]);
    connection.lose(lost);
    await connection.attempt();
    expect(brokers()).toEqual(["a:1883", "a:1883", "b:1883", "b:1883"]);
    expect(connection.attempts.map(({ newSession }) => newSession)).toEqual([false, false, true, false]);
    connection.abort("ABORTED", "");
  });

  test("resumes the session elsewhere if the addresses share sessions", async () => {
    const { connection, told } = await connected(["a", "b"], { sharedSessions: true });
    connection.lose(lost);
    await connection.attempt();
    connection.fail(refused());
    await connection.attempt();
    connection.accept(true);
    expect(connection.attempts.at(-1)?.newSession).toBe(false);
    expect(told.at(-1)).toBe("connected elsewhere");
  });

  test("follows a reference at once: 0x9C until the next loss, 0x9D for good", async () => {
    const { connection, brokers, event } = await connected("a", {
      followServerReference: true,
      reconnect: { minDelay: 0.05, maxDelay: 0.05 },
    });
    connection.lose(disconnect(0x9c, "b:1"));
    expect(await event()).toMatchObject({ state: "reconnecting", attempt: 1, delay: 0 });
    await connection.attempt();
    connection.accept();
    connection.lose(lost);
    await connection.attempt();
    connection.fail(connack(0x9d, "c:2"));
    await connection.attempt();
    connection.accept();
    connection.lose(lost);
    await connection.attempt();
    expect(brokers()).toEqual(["a:1883", "b:1", "a:1883", "c:2", "c:2"]);
  });

  test("waits for renewed subscriptions before it is connected", async () => {
    const { connection, supervisor, event, renewWith } = await connected("a");
    const renewals = deferred<readonly []>();
    renewWith(renewals.promise);
    connection.lose(lost);
    await event();
    await connection.attempt();
    connection.accept();
    await new Promise(setImmediate);
    expect(supervisor.state).toBe("reconnecting");
    renewals.resolve([]);
    expect(await event()).toMatchObject({ state: "connected" });
    expect(supervisor.state).toBe("connected");
  });

  test("a loss right after the last answer to renewed subscriptions is a failed attempt", async () => {
    const { connection, supervisor, event, renewWith } = await connected("a");
    const renewals = deferred<readonly []>();
    renewWith(renewals.promise);
    connection.lose(lost);
    await event();
    await connection.attempt();
    connection.accept();
    await new Promise(setImmediate);
    renewals.resolve([]);
    connection.lose(lost);
    expect(await event()).toMatchObject({ state: "reconnecting", error: lost, attempt: 2 });
    expect(supervisor.state).toBe("reconnecting");
    renewWith(Promise.resolve([] as const));
    await connection.attempt();
    connection.accept();
    expect(await event()).toMatchObject({ state: "connected", attempt: 2 });
  });

  test("a broker that does not answer renewed subscriptions in time loses the connection", async () => {
    const { connection, event, renewWith } = await connected("a", { connectTimeout: 0.05 });
    renewWith(new Promise(() => {}));
    connection.lose(lost);
    await event();
    await connection.attempt();
    connection.accept();
    expect(await event()).toMatchObject({ state: "reconnecting", error: { code: "TIMEOUT" }, attempt: 2 });
    expect(connection.aborts).toEqual(["TIMEOUT"]);
    renewWith(Promise.resolve([] as const));
    await connection.attempt();
    connection.accept();
    expect(await event()).toMatchObject({ state: "connected", attempt: 2 });
  });

  test("a call that ends connections is given up, and the next connection has a new session", async () => {
    const { connection, told } = await connected("a");
    connection.handle.firstWritten = { token: 7, acknowledged: false, age: 10 };
    for (let count = 0; count < 3; count++) {
      connection.lose(lost);
      await connection.attempt();
      connection.accept(true);
    }
    expect(told.filter((each) => each.startsWith("guilty"))).toEqual(["guilty 7"]);
    expect(
      connection.attempts.map(({ newSession, repeatsOneByOne }) => [newSession, repeatsOneByOne]),
    ).toEqual([
      ...[
        [false, false],
        [false, false],
        [false, true],
      ],
      [true, false],
    ]);
  });

  test("disconnect gives up at once", async () => {
    for (const isTrying of [false, true]) {
      const reconnect = isTrying ? QUICK : { minDelay: 30 };
      const { connection, supervisor, event, told, disconnect: leave } = await connected("a", { reconnect });
      connection.lose(lost);
      await event();
      if (isTrying) await connection.attempt();
      const left = leave();
      expect(told).toEqual(["interrupted CONNECTION_LOST", "end undefined"]);
      await left;
      expect(supervisor.state).toBe("disconnected");
      expect(await event()).toEqual({ state: "disconnected" });
      expect(await supervisor.closed).toBeUndefined();
    }
  });

  test("connect while reconnecting is reentrant, and works after disconnect", async () => {
    const {
      connection,
      connect,
      disconnect: leave,
      event,
    } = await connected("a", { reconnect: { minDelay: 30 } });
    connection.lose(lost);
    await event();
    await expect(connect()).rejects.toMatchObject({ code: "REENTRANT" });
    await leave();
    const again = connect();
    connection.accept();
    await again;
  });
});

describe("functions that are options", () => {
  test("are called at each attempt, and within its time", async () => {
    let calls = 0;
    const password = async () => `secret ${++calls}`;
    const { connect, connection } = supervise("a", { reconnect: QUICK, password, username: () => "me" });
    const connected = connect(INFINITY);
    await connection.attempt();
    connection.fail(refused());
    await connection.attempt();
    connection.accept();
    await connected;
    expect(connection.attempts.map(({ parts }) => [parts.username, parts.password])).toEqual([
      ["me", "secret 1"],
      ["me", "secret 2"],
    ]);
  });

  test("reject connect with their own error before the first connection", async () => {
    const thrown = new Error("no token");
    const password = async () => {
      throw thrown;
    };
    for (const reconnect of [false, QUICK]) {
      const { connect, connection, supervisor } = supervise("a", { reconnect, password });
      await expect(connect()).rejects.toBe(thrown);
      expect(connection.attempts).toEqual([]);
      expect(supervisor.state).toBe("disconnected");
    }
  });

  test("are asked again after the first connection", async () => {
    let calls = 0;
    const username = () => {
      if (++calls === 2) throw new Error("no user");
      return "me";
    };
    const { connect, connection, event } = supervise("a", { reconnect: QUICK, username });
    const connected = connect();
    await connection.attempt();
    connection.accept();
    await connected;
    await event();
    connection.lose(lost);
    await event();
    expect(await event()).toMatchObject({
      state: "reconnecting",
      error: { code: "OPTION_FAILED", cause: { message: "no user" } },
    });
    await connection.attempt();
    connection.accept();
    expect(calls).toBe(3);
  });

  test("fail the attempt when they return what cannot be sent, or nothing in time", async () => {
    const wrong = supervise("a", { username: () => "a\0b" });
    await expect(wrong.connect()).rejects.toThrow(/^Option username must be a string/);
    const slow = supervise("a", { will: () => new Promise(() => {}), connectTimeout: 0.02 });
    await expect(slow.connect()).rejects.toMatchObject({ code: "TIMEOUT" });
    const lonely = supervise("a", {
      protocol: ProtocolVersion.V311,
      password: "x",
      username: () => undefined,
    });
    await expect(lonely.connect()).rejects.toThrow("Option password needs a username, except on MQTT 5");
  });

  test("may be several, and return nothing", async () => {
    const { connect, connection } = supervise("a", {
      username: () => undefined,
      will: async () => ({ topic: "t", payload: "p" }),
      authentication: { method: "M", data: () => "data", onChallenge: () => undefined },
    });
    const connected = connect();
    await connection.attempt();
    connection.accept();
    await connected;
    expect(connection.attempts[0]?.parts).toMatchObject({
      username: undefined,
      will: { topic: "t", payload: Buffer.from("p"), qos: 0 },
      authenticationData: "data",
    });
  });
});
