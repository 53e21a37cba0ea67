export { TestCluster, type TestClusterOptions, testCluster } from "./test-cluster.ts";
