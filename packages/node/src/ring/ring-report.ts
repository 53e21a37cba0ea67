import { create } from "@bufbuild/protobuf";
import type { NodeId } from "@coterie/core";
import type { NodeRingReport, ScanReport } from "@coterie/rebalance";
import {
  type RingReport,
  RingReport_LineSchema,
  RingReportSchema,
  type RingReport_Line as WireLine,
} from "@coterie/wire";

type Read = ScanReport["whole"];
type Obstacles = ScanReport["obstacles"];

/** What a node says of a ring change, as it goes over the wire. */
export function reportToWire({ epoch, rules, scans, leftovers }: NodeRingReport): RingReport {
  return create(RingReportSchema, {
    epoch,
    rules: rules.map(({ n, rMin, wMin }) => ({ n, rMin, wMin })),
    change: scans?.change ?? "",
    whole: scans === undefined ? [] : readToWire(scans.whole),
    partial: scans === undefined ? [] : readToWire(scans.partial),
    scanObstacles: scans === undefined ? [] : obstaclesToWire(scans.obstacles),
    leftovers: leftovers.partitions,
    leftoverObstacles: obstaclesToWire(leftovers.obstacles),
  });
}

export function reportFromWire(report: RingReport): NodeRingReport {
  const { epoch, rules, change, leftovers } = report;
  const scans = {
    change,
    whole: readFromWire(report.whole),
    partial: readFromWire(report.partial),
    obstacles: obstaclesFromWire(report.scanObstacles),
  };
  return {
    epoch,
    rules: rules.map(({ n, rMin, wMin }) => ({ n, rMin, wMin })),
    scans: change === "" ? undefined : scans,
    leftovers: {
      partitions: leftovers,
      obstacles: obstaclesFromWire(report.leftoverObstacles),
    },
  };
}

function readToWire(read: Read): WireLine[] {
  return [...read].map(([node, partitions]) =>
    create(RingReport_LineSchema, { node, partitions: [...partitions] }),
  );
}

function readFromWire(lines: readonly WireLine[]): Map<NodeId, ReadonlySet<number>> {
  return new Map(lines.map(({ node, partitions }) => [node, new Set(partitions)]));
}

function obstaclesToWire(obstacles: Obstacles): WireLine[] {
  return [...obstacles].map(([node, why]) => create(RingReport_LineSchema, { node, why }));
}

function obstaclesFromWire(lines: readonly WireLine[]): Map<NodeId, string> {
  return new Map(lines.map(({ node, why }) => [node, why]));
}
