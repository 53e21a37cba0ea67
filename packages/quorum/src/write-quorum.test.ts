import fc from "fast-check";
import { expect, test } from "vitest";
import { WriteQuorum, type WriteReply } from "./write-quorum.ts";

const PRIMARIES = ["a", "b", "c"];
const KINDS = ["durable", "refused", "notSent", "lost"] as const;

function quorum(required: number, mayHold = false): WriteQuorum {
  const shape = { groups: [{ primaries: PRIMARIES, required }], strict: true, fallbacks: [] };
  return new WriteQuorum(shape, mayHold);
}

function reply(node: string, type: WriteReply["type"]): WriteReply {
  return { node, role: "primary", type };
}

test("W durable copies make it ok, and the receipt's nodes are those that have it", () => {
  const write = quorum(2);
  for (const _ of PRIMARIES) write.ask();
  write.add(reply("c", "durable"));
  write.add(reply("b", "lost"));
  expect(write.verdict).toBe("inDoubt");
  write.add(reply("a", "durable"));
  expect(write.verdict).toBe("ok");
  expect(write.acknowledged.map(({ node }) => node)).toEqual(["c", "a"]);
});

test("before anyone is asked a write can only have failed", () => {
  expect(quorum(2).verdict).toBe("failed");
});

test("a node that was asked and is silent leaves a doubt", () => {
  const write = quorum(2);
  write.ask();
  expect(write.verdict).toBe("inDoubt");
});

test("an earlier round that may have left it somewhere leaves a doubt", () => {
  expect(quorum(2, true).verdict).toBe("inDoubt");
});

test("failed is said exactly when every node that was asked has proved that it does not have it", () => {
  const kinds = fc.array(fc.constantFrom(...KINDS), { minLength: 3, maxLength: 3 });
  const orders = fc.shuffledSubarray(PRIMARIES, { minLength: 3, maxLength: 3 });
  fc.assert(
    fc.property(kinds, orders, fc.integer({ min: 1, max: 3 }), (types, order, required) => {
      const write = quorum(required);
      for (const _ of PRIMARIES) write.ask();
      for (const node of order) write.add(reply(node, types[PRIMARIES.indexOf(node)]!));
      const durable = types.filter((type) => type === "durable").length;
      const proven = types.every((type) => type === "refused" || type === "notSent");
      expect(write.verdict).toBe(durable >= required ? "ok" : proven ? "failed" : "inDoubt");
    }),
    { numRuns: 300 },
  );
});
