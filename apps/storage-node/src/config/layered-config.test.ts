import { describe, expect, test } from "vitest";
import { type ConfigLayers, resolveConfig } from "./layered-config.ts";

const nothing: ConfigLayers = { flags: {}, environment: {} };

function resolve(layers: Partial<ConfigLayers>) {
  const resolved = resolveConfig({ ...nothing, ...layers });
  if (resolved.type === "invalid") throw new Error(resolved.problems.join("; "));
  return resolved;
}

function problems(layers: Partial<ConfigLayers>): readonly string[] {
  const resolved = resolveConfig({ ...nothing, ...layers });
  return resolved.type === "invalid" ? resolved.problems : [];
}

const file = (content: unknown) => ({ path: "node.yaml", content });

test("a flag wins over the environment, that over the file, that over the default", () => {
  const environment = { COTERIE_SHARDS: "3" };
  const low = file({ shards: 2, durability: "normal" });
  const all = resolve({ flags: { shards: "4" }, environment, file: low });
  expect(all.config.shards).toBe(4);
  expect(all.origins.shards).toBe("flag");
  const two = resolve({ environment, file: low });
  expect([two.config.shards, two.origins.shards]).toEqual([3, "environment"]);
  const one = resolve({ file: low });
  expect([one.config.shards, one.origins.shards]).toEqual([2, "file"]);
  expect([one.config.durability, one.origins.durability]).toEqual(["normal", "file"]);
  expect([one.config.partitions, one.origins.partitions]).toEqual([1024, "default"]);
});

test("an empty variable is no value", () => {
  expect(resolve({ environment: { COTERIE_ID: "" } }).config.id).toBeUndefined();
});

test("lists are read the same from a flag, a variable and a file", () => {
  const addresses = ["127.0.0.1:1", "[::1]:2"];
  const text = "127.0.0.1:1, [::1]:2";
  expect(resolve({ flags: { join: text } }).config.join).toEqual(addresses);
  expect(resolve({ environment: { COTERIE_JOIN: text } }).config.join).toEqual(addresses);
  expect(resolve({ file: file({ join: text }) }).config.join).toEqual(addresses);
  expect(resolve({ file: file({ join: addresses }) }).config.join).toEqual(addresses);
});

test("owners have a weight and a zone when they are given", () => {
  const flags = { init: "true", owners: "a,b:3,c:2:rack:7" };
  expect(resolve({ flags }).config.owners).toEqual([
    { id: "a", weight: 1, zone: "" },
    { id: "b", weight: 3, zone: "" },
    { id: "c", weight: 2, zone: "rack:7" },
  ]);
});

describe("what is wrong is said with its source:", () => {
  const cases: readonly (readonly [string, Partial<ConfigLayers>, RegExp])[] = [
    ["a flag", { flags: { shards: "two" } }, /^--shards two is not a whole number from 1 to 64$/],
    ["a number out of range", { flags: { shards: "65" } }, /^--shards 65 is above 64$/],
    [
      "a variable",
      { environment: { COTERIE_LISTEN: "here" } },
      /^COTERIE_LISTEN=here is not HOST:PORT/,
    ],
    ["a boolean", { environment: { COTERIE_INIT: "perhaps" } }, /^COTERIE_INIT=perhaps /],
    ["the file", { file: file({ partitions: 1000 }) }, /^node.yaml: partitions is not a power/],
    ["an unknown setting", { file: file({ lisen: "x" }) }, /no setting "lisen".*listen/],
    ["a file of something else", { file: file(["listen"]) }, /^node.yaml holds no settings/],
    ["one of a list", { flags: { join: "127.0.0.1:1,x" } }, /\(1\) is not HOST:PORT/],
    ["an owner's weight", { flags: { init: "1", owners: "a:0" } }, /\(0 weight\) is below 1/],
  ];
  for (const [title, layers, sentence] of cases) {
    test(title, () => {
      expect(problems(layers)).toEqual([expect.stringMatching(sentence)]);
    });
  }

  test("all of it at once", () => {
    expect(problems({ flags: { shards: "0", durability: "fair" } })).toHaveLength(2);
  });
});

describe("settings that contradict one another are refused:", () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, RegExp])[] = [
    ["founding and joining", { init: "true", join: "127.0.0.1:1" }, /one of the two/],
    ["owners without founding", { owners: "a" }, /goes with --init/],
    ["an address for all without --insecure", { listen: "10.0.0.1:7400" }, /--insecure/],
    [
      "every address without one to tell",
      { listen: "0.0.0.0:7400", insecure: "true" },
      /--advertise/,
    ],
  ];
  for (const [title, flags, sentence] of cases) {
    test(title, () => {
      expect(problems({ flags })).toEqual([expect.stringMatching(sentence)]);
    });
  }

  test("this machine's own addresses are nobody else's", () => {
    for (const listen of ["127.0.0.1:0", "127.8.8.8:1", "localhost:1", "[::1]:1"]) {
      expect(problems({ flags: { listen } })).toEqual([]);
    }
  });
});
