// What a process has used up when it has imported something, or nothing.

const [what] = process.argv.slice(2);
if (what) await import(what);
const { user, system } = process.cpuUsage();
const usage = {
  elapsed: performance.now(),
  cpu: (user + system) / 1000,
  memory: process.memoryUsage.rss() / 1e6,
};
process.stdout.write(JSON.stringify(usage), () => process.exit());
