import { defineConfig } from "vitest/config";

// Each of these tests runs a real tool over a copy of the repository.
export default defineConfig({ test: { testTimeout: 60_000, hookTimeout: 60_000 } });
