// What is wrong with a command line is told before anything else is done.

/** The steps that words select, by their names or those of their groups; without words all. */
export function stepsNamed(words, steps) {
  const unknown = words.filter((word) => !steps.some((step) => selects(word, step)));
  if (unknown.length > 0) {
    const names = steps.map(([name]) => name);
    refuse(`There is no step ${unknown.join(" or ")}. There are: ${names.join(" ")}`);
  }
  return words.length === 0 ? steps : steps.filter((step) => words.some((word) => selects(word, step)));
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
