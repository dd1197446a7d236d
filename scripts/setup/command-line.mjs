// Command lines of the scripts. A mistake in one is reported before anything else happens.

/**
 * The steps that words select, by their names or those of their groups, and the steps that these come after; without
 * words all. Their order is that of `steps`.
 */
export function stepsNamed(words, steps) {
  const unknown = words.filter((word) => !steps.some((step) => selects(word, step)));
  if (unknown.length > 0) {
    const names = steps.map(([name]) => name);
    refuse(`There is no step ${unknown.join(" or ")}. There are: ${names.join(" ")}`);
  }
  if (words.length === 0) return steps;
  const selected = steps.filter((step) => words.some((word) => selects(word, step)));
  return withEarlierSteps(selected, steps);
}

function withEarlierSteps(selected, steps) {
  const earlier = selected.flatMap(([, , { after = [] }]) => after);
  const missing = steps.filter((step) => earlier.includes(step[0]) && !selected.includes(step));
  if (missing.length === 0) return steps.filter((step) => selected.includes(step));
  return withEarlierSteps([...selected, ...missing], steps);
}

const selects = (word, [name]) => name === word || name.startsWith(`${word}:`);

/** The number above 0 that an option is. */
export function positive(name, text) {
  const number = Number(text);
  if (!(number > 0)) refuse(`${name} must be a number above 0, and not ${text}`);
  return number;
}

/** The whole number from `least` on that an option is. */
export function whole(name, text, least) {
  const number = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(number) || number < least)
    refuse(`${name} must be a whole number from ${least} on, and not ${text}`);
  return number;
}

/** Ends the process with a text for the person at the terminal. */
export function refuse(text) {
  console.error(text);
  process.exit(2);
}
