// Numbers for people, and colours for terminals.

/** Returns a number with separators between thousands. */
export const grouped = (value: number): string => Math.round(value).toLocaleString("en");

/** Returns a rate with a sensible number of digits. */
export const rateText = (perSecond: number): string =>
  perSecond >= 100 ? grouped(perSecond) : String(Number(perSecond.toPrecision(3)));

/** Returns a time, given in microseconds, in the unit that fits. */
export function timeText(microseconds: number): string {
  if (microseconds < 1000) return `${microseconds} µs`;
  if (microseconds < 1_000_000) return `${Number((microseconds / 1000).toPrecision(3))} ms`;
  return `${Number((microseconds / 1_000_000).toPrecision(3))} s`;
}

/** The styles of a terminal; each returns the text unchanged where there are no colours. */
export interface Styles {
  bold(text: string): string;
  dim(text: string): string;
  warning(text: string): string;
}

/** Returns the styles for an output. */
export function stylesFor(isTerminal: boolean, env: NodeJS.ProcessEnv): Styles {
  const hasColours = isTerminal && !env["NO_COLOR"] && env["TERM"] !== "dumb";
  const style = (code: number) => (text: string) => (hasColours ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { bold: style(1), dim: style(2), warning: style(33) };
}
