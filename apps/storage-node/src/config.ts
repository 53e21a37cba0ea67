import { isNodeId } from "@coterie/core";
import { isIP } from "node:net";
import { z } from "zod";

const ADDRESS = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(\d{1,5})$/;

const address = z.string().refine((text) => {
  const match = ADDRESS.exec(text);
  return match !== null && Number(match[2]) <= 65_535;
}, "is not HOST:PORT, such as 127.0.0.1:7400");

const owner = z.object({
  id: z.string().refine(isNodeId, "is not a node id: 1 to 64 characters of A-Z a-z 0-9 . _ -"),
  weight: z.number().int().min(1).max(100).default(1),
  zone: z.string().max(64).default(""),
});

/**
 * Every setting of a node. Descriptions are what `--help` shows; each says what more or less of it costs.
 */
export const nodeConfigSchema = z.object({
  listen: address.default("127.0.0.1:7400").describe("address to listen on, HOST:PORT"),
  advertise: address
    .optional()
    .describe("address that others reach this node at, when it is not the one it listens on"),
  data: z.string().min(1).default(".coterie/node").describe("directory of this node's data"),
  id: owner.shape.id
    .optional()
    .describe("name of this node, kept for ever; drawn at the first start when left out"),
  init: z.boolean().default(false).describe("found a new cluster, once"),
  join: z.array(address).default([]).describe("members of the cluster to join, ADDR,ADDR,…"),
  owners: z
    .array(owner)
    .default([])
    .describe("with --init: the first owners, ID[:WEIGHT[:ZONE]],…; this node alone when left out"),
  partitions: z
    .number()
    .int()
    .min(1)
    .max(65_536)
    .refine((q) => (q & (q - 1)) === 0, "is not a power of two")
    .default(1024)
    .describe(
      "with --init: equal parts of the hash space, for ever; more spread evenly over more nodes, and cost memory and repair time",
    ),
  shards: z
    .number()
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe("database files, each with a thread of its own; one is right up to 4 cores. Fixed at the first start"),
  durability: z
    .enum(["full", "normal"])
    .default("full")
    .describe("full: an acknowledged write survives a power cut; normal: it survives a crash of the process only"),
  "request-timeout-ms": z
    .number()
    .int()
    .min(1)
    .max(600_000)
    .default(2_000)
    .describe("deadline of a request that names none, milliseconds"),
  "value-bytes-max": z
    .number()
    .int()
    .min(1)
    .max(4 << 20)
    .default(1 << 20)
    .describe("largest value, bytes"),
  "cache-bytes": z
    .number()
    .int()
    .min(0)
    .default(64 << 20)
    .describe("memory for hot rows, bytes; a read found there costs no hop to the storage thread"),
  insecure: z
    .boolean()
    .default(false)
    .describe("allow an address that is not loopback although nothing is encrypted or authenticated yet"),
  "log-level": z
    .enum(["debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("least severe events to log on stderr"),
});

export type NodeConfigInput = z.input<typeof nodeConfigSchema>;
export type NodeConfigFile = z.output<typeof nodeConfigSchema>;

/** The two halves of HOST:PORT. */
export function splitAddress(text: string): { host: string; port: number } {
  const match = ADDRESS.exec(text)!;
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port: Number(match[2]) };
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}
