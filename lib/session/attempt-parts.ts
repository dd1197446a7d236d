import type { AttemptParts } from "../connection/connect-request.ts";
import { parsePassword, parseUsername } from "../options/identity.ts";
import { type BrokerSettings, checkedWill, type Settings } from "../options/settings.ts";
import { Will } from "../options/will.ts";
import { MqttError } from "../protocol/errors.ts";
import { askForTarget, nativeTarget } from "../transport/connect-target.ts";
import { type Ask, isPerAttempt, type PerAttempt } from "../util/per-attempt.ts";
import { toMessage } from "../util/thrown.ts";
import { OPTION_FAILED } from "./failures.ts";

/** Returns the parts of an attempt; undefined if functions of the program have a part in it. */
export function fixedParts(settings: Settings, broker: BrokerSettings): AttemptParts | undefined {
  const { username, password } = broker;
  const { will } = settings;
  const authenticationData = settings.authentication?.data;
  if (isPerAttempt(username) || isPerAttempt(password) || isPerAttempt(authenticationData)) return undefined;
  if (will !== undefined && !(will instanceof Will)) return undefined;
  const target = nativeTarget(broker.target);
  return target && { target, username, password, will, authenticationData };
}

/** Calls the functions of the program, and returns the parts of an attempt. */
export async function askForParts(settings: Settings, broker: BrokerSettings): Promise<AttemptParts> {
  const { protocol, authentication } = settings;
  const username = resolve("username", broker.username, parseUsername);
  const [target, name, password, will, authenticationData] = await Promise.all([
    askForTarget(broker.target, ask),
    username,
    resolve("password", broker.password, async (value) => parsePassword(value, await username, protocol)),
    resolve("will", settings.will, (value) => value && checkedWill(value, protocol)),
    resolve("authentication.data", authentication?.data, (value) => value),
  ]);
  return { target, username: name, password, will, authenticationData };
}

const ask: Ask = async (option, call) => {
  try {
    return await call();
  } catch (cause) {
    const text = `The function of the option ${option} failed: ${toMessage(cause)}`;
    throw new MqttError(text, { code: OPTION_FAILED, cause });
  }
};

/** The checked value of an option. */
function resolve<T, R>(
  name: string,
  option: PerAttempt<T> | undefined,
  check: (value: T | undefined) => R | Promise<R>,
): Promise<R> {
  return ask(name, async () => check(isPerAttempt(option) ? await option() : option));
}
