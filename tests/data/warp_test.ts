/** Images warped by given maps. */
import { scope } from "../../mod.ts";
import { compare } from "../packed.ts";
import { warpCases, warped, warpTolerance } from "./warp_cases.ts";

for (const [name, expected] of Object.entries(warpCases)) {
  Deno.test(`warped images are PyTorch's: ${name}`, () => {
    scope(() => compare("the value", warped(expected), expected, warpTolerance));
  });
}
