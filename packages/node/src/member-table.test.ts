import { create } from "@bufbuild/protobuf";
import { MemberRecordSchema } from "@coterie/wire";
import { describe, expect, test } from "vitest";
import { MemberTable } from "./member-table.ts";

const record = (id: string, address: string, generation: number) =>
  create(MemberRecordSchema, { id, address, generation });

describe("MemberTable", () => {
  test("a node that came back elsewhere is known by its new address", () => {
    const table = new MemberTable("n1");
    table.merge([record("n2", "old:1", 3)], 0);
    expect(table.merge([record("n2", "new:1", 4)], 0)).toHaveLength(1);
    expect(table.get("n2")?.address).toBe("new:1");
  });

  test("an older record, heard late, changes nothing", () => {
    const table = new MemberTable("n1");
    table.merge([record("n2", "new:1", 4)], 0);
    expect(table.merge([record("n2", "old:1", 3)], 0)).toEqual([]);
    expect(table.get("n2")?.address).toBe("new:1");
  });

  test("a node never takes in what others say of itself", () => {
    const table = new MemberTable("n1");
    expect(table.merge([record("n1", "elsewhere:1", 99)], 0)).toEqual([]);
  });

  test("a member that falls silent is suspected, then dead, and alive as soon as it is heard", () => {
    const table = new MemberTable("n1");
    table.merge([record("n2", "a:1", 1)], 0);
    expect(table.stateOf("n2", 1_000)).toBe("alive");
    expect(table.stateOf("n2", 2_000)).toBe("suspect");
    expect(table.stateOf("n2", 6_000)).toBe("dead");
    table.heard("n2", 6_000);
    expect(table.stateOf("n2", 6_500)).toBe("alive");
  });

  test("a node that nobody knows is dead", () => {
    expect(new MemberTable("n1").stateOf("n9", 0)).toBe("dead");
  });
});
