import { readFileSync } from "node:fs";
import { LIBC_SETTINGS, V8_FLAGS } from "@coterie/storage-node/process-settings";
import { expect, test } from "vitest";

test("the launcher gives V8 and glibc the settings that a node of a local cluster gets", () => {
  const launcher = readFileSync(new URL("../bin/coterie", import.meta.url), "utf8");
  expect(launcher.match(/(?<=^ {2})--\S+/gm)).toEqual(V8_FLAGS);
  const settings = [...launcher.matchAll(/^: "\$\{(\w+):=(.+)\}"$/gm)].map(([, name, value]) => [
    name,
    value,
  ]);
  expect(Object.fromEntries(settings)).toEqual(LIBC_SETTINGS);
});
