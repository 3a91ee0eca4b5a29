/** What a run is asked for. */
import type { Options } from "./experiment.ts";
import type { Loaded } from "./load.ts";
import type { RunOptions } from "./run_config.ts";

/** A run that is to be made, or to be gone on with. */
export interface RunRequest {
  readonly loaded: Loaded;
  readonly options: Options;
  readonly run: RunOptions;
  readonly out: string;
  readonly quiet: boolean;
  /** Of which run it is one network of several, and whether it is the first of them. */
  readonly member?: { readonly of: string; readonly isFirst: boolean } | undefined;
  /** Go on with what the folder holds; with a checkpoint of another build only if so. */
  readonly resume?: { readonly allowOtherBuild: boolean } | undefined;
}
