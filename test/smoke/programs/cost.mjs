// Prints what a process has used after it has imported a module, or nothing.

const [what] = process.argv.slice(2);
if (what) await import(what);
const { user, system } = process.cpuUsage();
const usage = {
  elapsed: performance.now(),
  cpu: (user + system) / 1000,
  memory: process.memoryUsage.rss() / 1e6,
};
process.stdout.write(JSON.stringify(usage), () => process.exit());
