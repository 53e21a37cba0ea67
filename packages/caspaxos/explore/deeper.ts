// The same exploration with wider bounds than the tests can afford: minutes, not seconds.
import { Explorer } from "./explorer.ts";
import type { Setting } from "./setting.ts";

const acceptors = ["a", "b", "c"];
const x = { letter: "x" };
const y = { letter: "y" };
const z = { letter: "z" };
const settings: [title: string, setting: Setting][] = [
  [
    "x, z and y; 2 and 2 rounds",
    {
      acceptors,
      members: [acceptors],
      letters: [[x, z], [y]],
      rounds: [2, 2],
      interchangeable: true,
    },
  ],
  [
    "x and y; 3 and 2 rounds",
    { acceptors, members: [acceptors], letters: [[x], [y]], rounds: [3, 2], interchangeable: true },
  ],
  [
    "x for {b, c} instead of {a, b}, and y; 3 and 3 rounds",
    {
      acceptors,
      members: [["a", "b"]],
      letters: [[{ ...x, acceptors: [["b", "c"]] }], [y]],
      rounds: [3, 3],
    },
  ],
  [
    "x for {b} and y for {c} instead of {a}; 5 and 5 rounds",
    {
      acceptors,
      members: [["a"]],
      letters: [[{ ...x, acceptors: [["b"]] }], [{ ...y, acceptors: [["c"]] }]],
      rounds: [5, 5],
    },
  ],
];

for (const [title, setting] of settings) {
  const startMs = performance.now();
  const { states, transitions, returned, violation } = new Explorer(setting).run();
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  console.log(`${title}: ${states} states, ${transitions} transitions, ${seconds} s`);
  console.log(`  returned: ${returned.join(" ")}`);
  if (violation === undefined) continue;
  console.log(`  VIOLATION: ${violation.rule}\n    ${violation.events.join("\n    ")}`);
  process.exitCode = 1;
}
