import { defineConfig } from "vitest/config";

// Clusters of real processes share the machine: one file at a time, and time to start.
export default defineConfig({
  test: { fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000 },
});
