import { simulateSeeds } from "@coterie/simulator";
import { expect, it } from "vitest";
import { FAULT_KINDS } from "../src/fault.ts";
import { simulate } from "../src/simulation.ts";

const RUN = { nodes: 5, operations: 40, faults: FAULT_KINDS };

it("many seeds in threads are told of in order, each as it is by itself", async () => {
  const digests: string[] = [];
  for await (const { seed, report } of simulateSeeds({ ...RUN, first: 7, count: 4, jobs: 2 })) {
    expect(seed).toBe(7 + digests.length);
    digests.push(report!.digest);
  }
  expect(digests.length).toBe(4);
  expect(digests[2]).toBe((await simulate({ ...RUN, seed: 9 })).digest);
});

it("leaving the loop early ends the threads", async () => {
  for await (const { seed } of simulateSeeds({ ...RUN, first: 1, count: 1_000, jobs: 2 })) {
    if (seed === 2) break;
  }
});
