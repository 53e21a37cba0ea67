import { type NodeSetting, nodeConfigSchema } from "./node-config.ts";

export type SettingKind = "boolean" | "number" | "text" | "addresses" | "owners";

/** What command lines, environments and help texts need to know of one setting. */
export interface Setting {
  readonly name: NodeSetting;
  readonly kind: SettingKind;
  /** The environment variable that sets it. */
  readonly variable: string;
  readonly description: string;
  /** Undefined: none, or an empty list. */
  readonly defaultText: string | undefined;
}

const kinds: Readonly<Partial<Record<NodeSetting, SettingKind>>> = {
  init: "boolean",
  insecure: "boolean",
  join: "addresses",
  owners: "owners",
  partitions: "number",
  shards: "number",
  "request-timeout-ms": "number",
  "value-bytes-max": "number",
  "requests-max": "number",
  "cache-bytes": "number",
  "repair-interval-s": "number",
  "collect-grace-ms": "number",
  "collect-interval-ms": "number",
};

/** All settings, in the order of the schema. */
export const settings: readonly Setting[] = (
  Object.keys(nodeConfigSchema.shape) as NodeSetting[]
).map((name) => {
  const schema = nodeConfigSchema.shape[name];
  const { data } = schema.safeParse(undefined);
  const none = data === undefined || data === false || (Array.isArray(data) && data.length === 0);
  return {
    name,
    kind: kinds[name] ?? "text",
    variable: `COTERIE_${name.toUpperCase().replaceAll("-", "_")}`,
    description: schema.description ?? "",
    defaultText: none ? undefined : String(data),
  };
});

/** What a flag or a variable says, in the shape that the schema checks. What is no number stays text and is refused there. */
export function parseSetting(kind: SettingKind, text: string): unknown {
  switch (kind) {
    case "text":
      return text;
    case "number":
      return /^\d+$/.test(text) ? Number(text) : text;
    case "boolean":
      return parseBoolean(text);
    case "addresses":
      return list(text);
    case "owners":
      return list(text).map(parseOwner);
  }
}

function list(text: string): string[] {
  return text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

function parseBoolean(text: string): unknown {
  if (/^(1|true|yes|on)$/i.test(text)) return true;
  return /^(0|false|no|off|)$/i.test(text) ? false : text;
}

/** ID[:WEIGHT[:ZONE]] */
function parseOwner(text: string): unknown {
  const [id, weight, ...zone] = text.split(":");
  return {
    id,
    ...(weight === undefined || weight === "" ? {} : { weight: parseSetting("number", weight) }),
    ...(zone.length === 0 ? {} : { zone: zone.join(":") }),
  };
}
