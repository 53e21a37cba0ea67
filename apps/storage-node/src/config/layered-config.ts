import type { z } from "zod";
import { isLoopback, parseAddress } from "./address.ts";
import { type NodeConfig, type NodeSetting, nodeConfigSchema } from "./node-config.ts";
import { parseSetting, type Setting, settings } from "./setting.ts";

/** Where a value came from; a later one of this list yields to an earlier one. */
export type Origin = "flag" | "environment" | "file" | "default";

export interface ConfigLayers {
  /** Texts by setting, as on the command line. */
  readonly flags: Readonly<Partial<Record<string, string>>>;
  readonly environment: Readonly<Partial<Record<string, string>>>;
  /** What the YAML file holds, and its name for messages. */
  readonly file?: { readonly path: string; readonly content: unknown };
}

export type ResolvedConfig =
  | {
      readonly type: "config";
      readonly config: NodeConfig;
      readonly origins: Readonly<Record<NodeSetting, Origin>>;
    }
  /** One sentence for each thing that is wrong. */
  | { readonly type: "invalid"; readonly problems: readonly string[] };

interface Given {
  readonly origin: Origin;
  /** What a message calls it. */
  readonly source: string;
  readonly value: unknown;
}

/** Puts the layers on one another: flag over environment over file over default. Pure. */
export function resolveConfig(layers: ConfigLayers): ResolvedConfig {
  const content = fileContent(layers.file);
  if (typeof content === "string") return { type: "invalid", problems: [content] };
  const problems = unknownSettings(content, layers.file?.path ?? "");
  const values: Record<string, unknown> = {};
  const origins: Partial<Record<NodeSetting, Origin>> = {};
  for (const setting of settings) {
    const given = find(setting, layers, content);
    origins[setting.name] = given?.origin ?? "default";
    const parsed = nodeConfigSchema.shape[setting.name].safeParse(given?.value);
    if (parsed.success) values[setting.name] = parsed.data;
    else problems.push(...parsed.error.issues.map((issue) => problem(given, setting, issue)));
  }
  if (problems.length > 0) return { type: "invalid", problems };
  const config = values as NodeConfig;
  const fault = contradiction(config);
  if (fault !== undefined) return { type: "invalid", problems: [fault] };
  return { type: "config", config, origins: origins as Record<NodeSetting, Origin> };
}

function find(
  { name, kind, variable }: Setting,
  { flags, environment, file }: ConfigLayers,
  content: Readonly<Record<string, unknown>>,
): Given | undefined {
  const flag = flags[name];
  if (flag !== undefined) {
    return { origin: "flag", source: `--${name} ${flag}`, value: parseSetting(kind, flag) };
  }
  const text = environment[variable];
  if (text !== undefined && text !== "") {
    const value = parseSetting(kind, text);
    return { origin: "environment", source: `${variable}=${text}`, value };
  }
  const value = content[name];
  if (value === undefined || value === null) return undefined;
  const listed = typeof value === "string" && kind !== "text" ? parseSetting(kind, value) : value;
  return { origin: "file", source: `${file?.path}: ${name}`, value: listed };
}

function fileContent(file: ConfigLayers["file"]): Readonly<Record<string, unknown>> | string {
  const content = file?.content ?? {};
  if (typeof content !== "object" || Array.isArray(content)) {
    return `${file?.path} holds no settings: write one on a line, such as "listen: 127.0.0.1:7400"`;
  }
  return content as Record<string, unknown>;
}

function unknownSettings(content: Readonly<Record<string, unknown>>, path: string): string[] {
  const known = new Set<string>(settings.map(({ name }) => name));
  return Object.keys(content)
    .filter((name) => !known.has(name))
    .map((name) => `${path}: there is no setting "${name}"; there are ${[...known].join(", ")}`);
}

function problem(given: Given | undefined, { name }: Setting, issue: z.core.$ZodIssue): string {
  const where = issue.path.length === 0 ? "" : ` (${issue.path.join(" ")})`;
  return `${given?.source ?? name}${where} ${issue.message}`;
}

/** What no single setting is to blame for. */
function contradiction(config: NodeConfig): string | undefined {
  const { init, join, owners, listen, advertise, insecure } = config;
  if (init && join.length > 0) {
    return "--init founds a cluster and --join joins one: give one of the two";
  }
  if (owners.length > 0 && !init) {
    return "--owners goes with --init: a cluster that exists has its owners already";
  }
  const host = parseAddress(listen)?.host ?? "";
  if (!insecure && !isLoopback(host)) {
    return `--listen ${listen} can be reached from other machines, and nothing is encrypted or authenticated yet: listen on 127.0.0.1, or give --insecure if the network is your own`;
  }
  if (advertise === undefined && (host === "0.0.0.0" || host === "::")) {
    return `--listen ${listen} takes every address of this machine: say with --advertise which one others reach it at`;
  }
  return undefined;
}
