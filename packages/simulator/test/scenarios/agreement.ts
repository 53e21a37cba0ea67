import { expect } from "vitest";
import type { Scenario } from "../../src/scenario.ts";

/** Everything heals: no checker complains, and each replica of the key holds these values. */
export async function expectReplicasAgree(
  cluster: Scenario,
  key: string,
  values: readonly string[],
): Promise<void> {
  cluster.heal();
  expect(await cluster.settle()).toEqual([]);
  const replicas = await cluster.replicas(key);
  for (const [node, held] of Object.entries(replicas)) {
    expect(held, `what ${node} holds`).toEqual([...values].sort());
  }
}
