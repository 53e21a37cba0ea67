import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DirectoryLock, StorageError } from "@coterie/storage-node";
import { CliError } from "../cli-error.ts";

const MARKER = "cluster.json";
const FORMAT = 1;
const DEFAULT_NODES = 3;

interface Marker {
  readonly format: number;
  readonly nodes: number;
  /** All nodes have seen one another once: nobody founds it again. */
  readonly born: boolean;
}

export interface ClusterDirectory {
  readonly path: string;
  readonly nodes: number;
  readonly born: boolean;
  /** Lets the next `coterie dev` have it. Idempotent. */
  release(): void;
}

/**
 * Opens the directory of a local cluster, making it when it is not there, and locks it. Throws `CliError`
 * rather than touch a directory that it did not make, or that another `coterie dev` has.
 */
export function openClusterDirectory(
  given: string,
  { nodes, fresh }: { nodes: number | undefined; fresh: boolean },
): ClusterDirectory {
  const path = resolve(given);
  readMarker(path);
  const lock = lockOf(path);
  try {
    if (fresh) erase(path);
    const marker = readMarker(path) ?? create(path, nodes ?? DEFAULT_NODES);
    if (nodes !== undefined && nodes !== marker.nodes) {
      throw new CliError(
        "usage",
        `the cluster in ${path} has ${marker.nodes} nodes: leave out --nodes ${nodes}, or erase it with --fresh`,
      );
    }
    const release = (): void => lock.release();
    return { path, nodes: marker.nodes, born: marker.born, release };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Remembers that the cluster need not be founded any more. */
export function markBorn({ path, nodes }: ClusterDirectory): void {
  writeMarker(path, { format: FORMAT, nodes, born: true });
}

function lockOf(path: string): DirectoryLock {
  try {
    return new DirectoryLock(path);
  } catch (error) {
    if (error instanceof StorageError) throw new CliError("start_failed", error.message);
    throw error;
  }
}

/** All but the lock, which we hold. */
function erase(path: string): void {
  for (const name of readdirSync(path)) {
    if (!isLock(name)) rmSync(join(path, name), { recursive: true, force: true });
  }
}

function isLock(name: string): boolean {
  return name === "lock" || name === "lock.pid";
}

/** Undefined: there is nothing here yet. */
function readMarker(path: string): Marker | undefined {
  if (!existsSync(path)) return undefined;
  if (!existsSync(join(path, MARKER))) {
    if (readdirSync(path).every(isLock)) return undefined;
    throw new CliError(
      "usage",
      `${path} is not empty, and was not made by \`coterie dev\`: give --data another directory`,
    );
  }
  try {
    const marker = JSON.parse(readFileSync(join(path, MARKER), "utf8")) as Marker;
    if (marker.format === FORMAT && Number.isInteger(marker.nodes)) return marker;
  } catch {
    // Said below: a file that is no JSON is as good as one of another format.
  }
  throw new CliError(
    "usage",
    `${join(path, MARKER)} is of another version: give --data another directory, or delete ${path}`,
  );
}

function create(path: string, nodes: number): Marker {
  const marker = { format: FORMAT, nodes, born: false };
  writeMarker(path, marker);
  return marker;
}

function writeMarker(path: string, marker: Marker): void {
  writeFileSync(join(path, MARKER), `${JSON.stringify(marker)}\n`);
}
