import type { GetRingResponse } from "@coterie/wire";
import type { Command } from "commander";
import { Cluster } from "../cluster.ts";
import { addClusterOptions, type ClusterOptions, wholeNumber } from "../cluster-options.ts";
import { countToText, table } from "../table.ts";
import { colors, print, type Terminal } from "../terminal.ts";

interface Options extends ClusterOptions {
  readonly n: number;
}

export function defineShares(command: Command, terminal: Terminal): void {
  addClusterOptions(
    command.option("--n <n>", "placement for buckets of this N", wholeNumber(1, 255), 3),
  ).action((options: Options) => ring(terminal, options));
}

async function ring(terminal: Terminal, options: Options): Promise<void> {
  const { n } = options;
  const response = await new Cluster(options).admin((admin, call) => admin.getRing({ n }, call));
  if (options.json) print(terminal, JSON.stringify(ringToJson(response)));
  else printRing(terminal, response);
}

function ringToJson({ epoch, partitions, n, owners }: GetRingResponse) {
  return {
    epoch,
    partitions,
    n,
    owners: owners.map(({ id, zone, weight, replicas, share, fair }) => ({
      id,
      zone,
      weight,
      replicas,
      share,
      fair,
    })),
  };
}

function printRing(terminal: Terminal, { epoch, partitions, n, owners }: GetRingResponse): void {
  const { dim } = colors(terminal);
  const zones = owners.some(({ zone }) => zone !== "");
  const head = ["node", "weight", ...(zones ? ["zone"] : []), "replicas of", "share", "fair"];
  const rows = owners.map((owner) => [
    owner.id,
    String(owner.weight),
    ...(zones ? [owner.zone] : []),
    `${countToText(owner.replicas)} partitions`,
    percent(owner.share),
    percent(owner.fair),
  ]);
  print(terminal, table(terminal, head, rows));
  print(terminal, dim(`${countToText(partitions)} partitions, N=${n}, ring epoch ${epoch}`));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
