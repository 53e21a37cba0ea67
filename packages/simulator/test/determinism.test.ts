import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { FAULT_KINDS } from "../src/fault.ts";
import { simulate } from "../src/simulation.ts";

const OPTIONS = { nodes: 5, operations: 150, faults: FAULT_KINDS };

/** Another process runs the built package. */
function digestElsewhere(seed: number): string {
  const script = `
    import { simulate } from "@coterie/simulator";
    const { digest } = await simulate(${JSON.stringify({ ...OPTIONS, seed })});
    process.stdout.write(digest);`;
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  return execFileSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd,
    encoding: "utf8",
  });
}

it("the same seed is the same log, byte for byte, in any process", async () => {
  for (const seed of [3, 4]) {
    const { digest } = await simulate({ ...OPTIONS, seed });
    expect((await simulate({ ...OPTIONS, seed })).digest).toBe(digest);
    expect(digestElsewhere(seed)).toBe(digest);
  }
});

it("another seed is another log", async () => {
  const one = await simulate({ ...OPTIONS, operations: 20, seed: 1 });
  const other = await simulate({ ...OPTIONS, operations: 20, seed: 2 });
  expect(one.digest).not.toBe(other.digest);
});

it.each([
  ["its ring left alone", 5],
  ["its ring changed", 6],
])(
  "the faults of a run with %s, named one by one, are the same run; one less is another",
  async (_, seed) => {
    const drawn = await simulate({ ...OPTIONS, seed });
    const numbers = drawn.schedule.map(({ number }) => number);
    expect(numbers.length).toBeGreaterThan(1);
    const again = await simulate({ ...OPTIONS, seed, keep: numbers });
    expect(again.digest).toBe(drawn.digest);
    const fewer = await simulate({ ...OPTIONS, seed, keep: numbers.slice(1) });
    expect(fewer.schedule[0]).toEqual(drawn.schedule[1]);
  },
);
