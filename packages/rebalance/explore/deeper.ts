// The same exploration of longer stories than the tests can afford.
import { Explorer } from "./explorer.ts";
import type { Setting } from "./setting.ts";
import { ABORTED, AGAIN, DELETED, LEAVE, LEFTOVER, SHRUNK, TWO_LEAVE } from "./settings.ts";

const settings: [title: string, setting: Setting][] = [
  ["one of four owners leaves; a write, a read", LEAVE],
  ["the same with a delete after the write", DELETED],
  ["it may be taken back at any moment", ABORTED],
  ["it may be taken back; a write, a delete, a read", { ...ABORTED, history: "write, delete" }],
  ["it is taken back or not, and begun again", AGAIN],
  ["the same, taken back up to twice", { ...AGAIN, aborts: 2 }],
  [
    "a gainer has leftovers of what was collected, taken back and begun again",
    { ...AGAIN, ...LEFTOVER, changes: AGAIN.changes, aborts: 2 },
  ],
  ["one of three owners leaves, another joins", SHRUNK],
  ["two of five owners leave at once, two gain", TWO_LEAVE],
];

for (const [title, setting] of settings) {
  const startMs = performance.now();
  const { states, histories, violation } = new Explorer(setting).run();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  console.log(
    `${title}: ${states.toLocaleString("en")} states, ${seconds} s, ${violation === undefined ? "safe" : "VIOLATION"}`,
  );
  console.log(`  the longest of ${histories.length} courses: ${longest(histories)}`);
  if (violation === undefined) continue;
  console.log(violation.map((event) => `    ${event}`).join("\n"));
  process.exitCode = 1;
}

function longest(histories: readonly string[]): string {
  return histories.reduce((most, each) => (each.length > most.length ? each : most));
}
