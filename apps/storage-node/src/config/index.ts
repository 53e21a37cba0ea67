export {
  type ConfigLayers,
  type Origin,
  type ResolvedConfig,
  resolveConfig,
} from "./layered-config.ts";
export { type NodeConfig, type NodeSetting, nodeConfigSchema } from "./node-config.ts";
export { type Setting, type SettingKind, settings } from "./setting.ts";
