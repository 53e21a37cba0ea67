import type { ResolvedConfig } from "@coterie/storage-node/config";
import { stringify } from "yaml";
import { print, type Terminal } from "./terminal.ts";

type Resolved = Extract<ResolvedConfig, { type: "config" }>;

/** Each setting with its origin: as YAML that `--config` takes back, or as JSON. */
export function printConfig(
  terminal: Terminal,
  { config, origins }: Resolved,
  json: boolean,
): void {
  const names = Object.keys(origins) as (keyof typeof origins)[];
  if (json) {
    const entries = names.map((name) => [
      name,
      { value: config[name] ?? null, origin: origins[name] },
    ]);
    print(terminal, JSON.stringify(Object.fromEntries(entries)));
    return;
  }
  for (const name of names) {
    const value = config[name];
    const text = stringify(value ?? null, { collectionStyle: "flow", lineWidth: 0 }).trim();
    print(terminal, `${name}: ${text} # ${origins[name]}`);
  }
}
