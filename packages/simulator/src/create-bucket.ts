import { create } from "@bufbuild/protobuf";
import type { Bucket } from "@coterie/quorum";
import { BucketMode, CreateBucketRequestSchema } from "@coterie/wire";
import type { SimulatedCluster } from "./simulated-cluster.ts";
import type { World } from "./world.ts";

/** Where the defaults of a first use are not what the run is about. */
export async function createBucket(
  world: World,
  cluster: SimulatedCluster,
  { mode, ...numbers }: Bucket,
): Promise<void> {
  const bucket = { ...numbers, mode: mode === "lww" ? BucketMode.LWW : BucketMode.SIBLINGS };
  const request = create(CreateBucketRequestSchema, { bucket });
  await world.until(cluster.nodes[0]!.node!.operators.createBucket(request), 10_000);
}
