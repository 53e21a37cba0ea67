import { readFileSync } from "node:fs";
import { V8_FLAGS } from "@coterie/storage-node/v8-flags";
import { expect, test } from "vitest";

test("the launcher gives V8 the flags that a node of a local cluster gets", () => {
  const launcher = readFileSync(new URL("../bin/coterie", import.meta.url), "utf8");
  expect(launcher.match(/(?<=^ {2})--\S+/gm)).toEqual(V8_FLAGS);
});
