import { isNodeId } from "@coterie/core";
import { z } from "zod";
import { parseAddress } from "./address.ts";

const address = z
  .string()
  .refine((text) => parseAddress(text) !== undefined, "is not HOST:PORT, such as 127.0.0.1:7400");

const peerAddress = address.refine(
  (text) => parseAddress(text)?.port !== 0,
  "has port 0, which nobody can reach",
);

const nodeId = z
  .string()
  .refine(isNodeId, "is not a node id: 1 to 64 characters of A-Z a-z 0-9 . _ -");

const whole = (min: number, max: number) =>
  z
    .number(`is not a whole number from ${min} to ${max}`)
    .int(`is not a whole number from ${min} to ${max}`)
    .min(min, `is below ${min}`)
    .max(max, `is above ${max}`);

const owner = z.object({
  id: nodeId,
  weight: whole(1, 100).default(1),
  zone: z.string().max(64, "has a zone of more than 64 characters").default(""),
});

/**
 * Every setting of a node, by its name on the command line. The descriptions are what `--help` shows; where
 * more or less of something costs, they say what.
 */
export const nodeConfigSchema = z.object({
  listen: address
    .default("127.0.0.1:7400")
    .describe("HOST:PORT to listen on; port 0 takes a free one"),
  advertise: peerAddress
    .optional()
    .describe("HOST:PORT that others reach this node at, when it is not the one it listens on"),
  data: z
    .string()
    .min(1, "is empty")
    .default(".coterie/node")
    .describe("this node's data directory"),
  id: nodeId
    .optional()
    .describe("name of this node, kept for ever; the first start draws one when left out"),
  init: z.boolean().default(false).describe("found a new cluster, once"),
  join: z
    .array(peerAddress)
    .default([])
    .describe("members of the cluster to join, HOST:PORT,HOST:PORT,…"),
  owners: z
    .array(owner)
    .default([])
    .describe("with --init: the first owners, ID[:WEIGHT[:ZONE]],…; left out, this node alone"),
  partitions: whole(1, 65_536)
    .refine((q) => (q & (q - 1)) === 0, "is not a power of two")
    .default(1024)
    .describe(
      "with --init: equal parts of the hash space, for ever; more spread evenly over more nodes, and cost memory",
    ),
  shards: whole(1, 64)
    .optional()
    .describe(
      "database files with a thread each, fixed at the first start; left out, one for every 4 cores",
    ),
  durability: z
    .enum(["full", "normal"], "is neither full nor normal")
    .default("full")
    .describe(
      "full: an acknowledged write survives a power cut; normal: the end of the process only, and is faster",
    ),
  "request-timeout-ms": whole(1, 600_000)
    .default(2_000)
    .describe("deadline of a request that names none, milliseconds"),
  "value-bytes-max": whole(1, 4 << 20)
    .default(1 << 20)
    .describe(
      "largest value that clients may write, bytes; larger ones make every replica wait longer",
    ),
  "requests-max": whole(1, 1_000_000)
    .default(8_192)
    .describe(
      "clients' requests under way at once, further ones are refused, however long their deadlines are; more takes memory",
    ),
  "repair-interval-s": whole(1, 30 * 86_400)
    .default(600)
    .describe(
      "every partition is compared with every replica within this time, seconds; less finds damage sooner and costs more",
    ),
  "cache-bytes": whole(0, 2 ** 40)
    .default(64 << 20)
    .describe(
      "memory for hot rows, bytes, at most 1 GiB for each shard; what is found there is read without asking the disk's thread",
    ),
  "collect-grace-ms": whole(0, 2 ** 40)
    .default(3_600_000)
    .describe(
      "how long what was deleted is kept before it may be collected, milliseconds; more is kinder to clients that retry late, and takes room",
    ),
  "collect-interval-ms": whole(100, 2 ** 31 - 1)
    .default(600_000)
    .describe(
      "between two passes of collection, milliseconds; less frees room sooner, and reads more",
    ),
  insecure: z
    .boolean()
    .default(false)
    .describe(
      "listen beyond this machine although nothing is encrypted and nobody asked for a name yet",
    ),
  "log-level": z
    .enum(["debug", "info", "warn", "error", "silent"], "is not debug, info, warn, error or silent")
    .default("info")
    .describe("least severe events to log, on stderr"),
});

export type NodeConfig = z.output<typeof nodeConfigSchema>;
export type NodeSetting = keyof NodeConfig;
