import { expect, test } from "vitest";
import { isNodeId } from "./node-id.ts";

test("ids of 1 to 64 plain characters are node ids, all else is not", () => {
  for (const id of ["a", "n1", "eu-west-1.node_7", "A".repeat(64)]) expect(isNodeId(id)).toBe(true);
  for (const id of ["", "-a", "a b", "ä", "A".repeat(65), "a\n"]) expect(isNodeId(id)).toBe(false);
});
