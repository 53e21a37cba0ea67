import type { NodeId } from "@coterie/core";
import { RingView, stableRing } from "@coterie/shard-engine";
import { describe, expect, test } from "vitest";
import { beginChange, type ChangeRequest } from "./begin-change.ts";
import { planChange } from "./plan-change.ts";

const RULES = { n: 3, rMin: 2, wMin: 2 };
const ids = (count: number): NodeId[] => Array.from({ length: count }, (_, i) => `n${i + 1}`);
const owner = (id: NodeId) => ({ id, weight: 1, zone: "" });

function planOf(count: number, request: ChangeRequest, rules = [RULES], partitions = 1024) {
  const record = stableRing({ epoch: 1, partitions, owners: ids(count).map(owner) });
  const dead =
    request.kind === "remove" ? request.nodes : request.kind === "replace" ? [request.old] : [];
  const members = new Map(ids(count + 1).map((id) => [id, !dead.includes(id)]));
  const scene = { id: "00c0ffee00c0ffee", acceptLoss: false, members };
  const verdict = beginChange(record, request, scene);
  if (verdict.type === "refused") throw new Error(verdict.reason);
  return planChange(new RingView(verdict.record), rules, (n, p) => (n === 3 ? 10 : p));
}

describe("the plan of a ring change", () => {
  test("says what each node gains and gives up, and how many bytes that is", () => {
    const { placements, nodes, bytes } = planOf(3, { kind: "join", nodes: [owner("n4")] });
    expect(placements).toEqual([
      {
        n: 3,
        moved: 792,
        minimum: 792,
        fullest: { node: "n4", holds: 792, cap: 807 },
        copies: 3,
        unproven: 0,
      },
    ]);
    const newcomer = nodes.find(({ id }) => id === "n4")!;
    expect(newcomer).toEqual({
      id: "n4",
      gained: [newcomer.gained[0]],
      lost: [0],
      bytes: newcomer.gained[0]! * 10,
    });
    expect(bytes).toBe(7_920);
    expect(nodes.reduce((sum, { lost }) => sum + lost[0]!, 0)).toBe(792);
  });

  test.each([3, 4, 5, 6, 9])(
    "from %d nodes to one more it moves at most 1.2 times the minimum, and nobody exceeds its cap",
    (count) => {
      const request = { kind: "join", nodes: [owner(`n${count + 1}`)] } as const;
      const [{ moved, minimum, fullest } = never()] = planOf(count, request).placements;
      expect(moved).toBeLessThanOrEqual(1.2 * minimum);
      expect(fullest.holds).toBeLessThanOrEqual(fullest.cap);
    },
  );

  test("who takes the place of another copies what that one held, and nothing else moves", () => {
    const { placements, nodes } = planOf(6, { kind: "replace", old: "n2", by: "n7" });
    const [{ moved, minimum } = never()] = placements;
    expect(moved).toBe(minimum);
    expect(nodes.map(({ id, gained, lost }) => [id, gained[0], lost[0]])).toEqual([
      ["n2", 0, moved],
      ["n7", moved, 0],
    ]);
  });

  test("each N has its own placement", () => {
    const one = { n: 1, rMin: 1, wMin: 1 };
    const { placements, nodes, bytes } = planOf(3, { kind: "leave", nodes: ["n2"] }, [one, RULES]);
    expect(placements.map(({ n, copies }) => [n, copies])).toEqual([
      [1, 1],
      [3, 2],
    ]);
    expect(nodes.find(({ id }) => id === "n2")!.lost).toEqual([expect.any(Number), 1024]);
    expect(bytes).toBeGreaterThan(0);
  });

  test("counts the copies that nothing proves complete once a node is gone", () => {
    const weak = { n: 3, rMin: 3, wMin: 1 };
    const remove = { kind: "remove", nodes: ["n4"] } as const;
    expect(planOf(5, remove).placements[0]!.unproven).toBe(0);
    const [placement] = planOf(5, remove, [weak]).placements;
    expect(placement!.unproven).toBeGreaterThanOrEqual(placement!.minimum);
  });
});

function never(): never {
  throw new Error("there is a placement");
}
