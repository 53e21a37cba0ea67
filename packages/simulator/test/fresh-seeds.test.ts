import { expect, it } from "vitest";
import { FAULT_KINDS } from "../src/fault.ts";
import { simulate } from "../src/simulation.ts";

/** Drawn anew for each run; the title says from where. */
const FIRST = Math.floor(Math.random() * 1e9);
const SEEDS_MAX = 200;
const SECONDS_MAX = 40;
const OPERATIONS = 400;

it(`fresh seeds, from ${FIRST} on, keep what is promised`, async () => {
  const endMs = performance.now() + SECONDS_MAX * 1_000;
  for (let seed = FIRST; seed < FIRST + SEEDS_MAX && performance.now() < endMs; seed++) {
    const again = `npx coterie simulate --seed ${seed} --ops ${OPERATIONS}`;
    const options = { seed, nodes: 5, operations: OPERATIONS, faults: FAULT_KINDS };
    const { violations } = await simulate(options).catch((error) => {
      throw new Error(`${error} (again: ${again})`, { cause: error });
    });
    expect(violations, `again: ${again}`).toEqual([]);
  }
}, 300_000);
