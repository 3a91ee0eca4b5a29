/**
 * PyTorch's names beside Glim's: which there are, and which are missing.
 *
 * @module
 */
import { dottedName, linkOf, type Name } from "../reference/names.ts";
import torch from "./names.json" with { type: "json" };

/** PyTorch's modules, each beside the entry points whose names stand for its own. */
const MODULES: Record<keyof typeof torch.names, readonly string[]> = {
  "torch": ["functional", "glim", "linalg"],
  "torch.func": ["glim"],
  "torch.autograd.functional": ["glim"],
  "torch.nn": ["nn"],
  "torch.nn.functional": ["functional"],
  "torch.nn.init": ["nn/init"],
  "torch.nn.utils": ["nn/utils"],
  "torch.optim": ["optim"],
  "torch.optim.lr_scheduler": ["lr_scheduler"],
  "torch.optim.swa_utils": ["optim/swa_utils"],
  "torch.distributions": ["distributions"],
  "torch.linalg": ["linalg"],
  "torch.special": ["special"],
  "torch.utils.data": ["data"],
};

/** What to do where a name is missing. */
const HINTS: Partial<Record<keyof typeof torch.names, string>> = {
  "torch": "Complex numbers, Fourier transforms, quantised and sparse tensors are not in Glim. " +
    "Second names are not either: `abs` is also `absolute` there, `clamp` `clip`, `asin` `arcsin`, " +
    "`gt` `greater`, `div` `divide`, and so on.",
  "torch.linalg":
    "What has complex numbers is not in Glim: for symmetric matrices `eigh` takes the place of " +
    "`eig`. `solve` and `det` factor by themselves.",
  "torch.special":
    "Orthogonal polynomials and Bessel functions of the kinds K, k and Ai are not in Glim.",
};

/** What is called otherwise. */
const OTHERWISE: Record<string, string> = {
  "torch.from_numpy": "fromTypedArray",
  "torch.save": "saveSafetensors",
  "torch.load": "loadSafetensors",
  "torch.func.jacfwd": "jacobian",
  "torch.func.jacrev": "jacobian",
  "torch.bmm": "matmul",
  "torch.mm": "matmul",
  "torch.mv": "matmul",
};

/** A section for each of PyTorch's modules. */
export function torchTable(names: readonly Name[]): string {
  const sections = Object.entries(torch.names).map(([module, theirs]) => {
    const own = MODULES[module as keyof typeof MODULES];
    const found: string[] = [];
    const missing: string[] = [];
    for (const name of theirs) {
      const other = OTHERWISE[`${module}.${name}`];
      const match = names.find((candidate) =>
        candidate.name === (other ?? camelCase(name)) &&
        (other !== undefined || own.some((entry) => candidate.page.startsWith(`${entry}/`)))
      );
      if (match === undefined) missing.push(`\`${name}\``);
      else found.push(`| \`${name}\` | [\`${dottedName(match)}\`](${linkOf(match)}) |`);
    }
    return [
      `### ${module}`,
      `${found.length} of ${theirs.length}.`,
      found.length === 0 ? "" : ["| PyTorch | Glim |", "| --- | --- |", ...found].join("\n"),
      missing.length === 0 ? "" : `Missing: ${missing.join(", ")}.`,
      HINTS[module as keyof typeof MODULES] ?? "",
    ].filter((part) => part !== "").join("\n\n");
  });
  return [
    "## Every name",
    `The public names of PyTorch ${torch.version}; methods of tensors are not counted twice. This ` +
    "list is made from both libraries, so it is what there is.",
    ...sections,
  ].join("\n\n");
}

/** `clip_grad_norm_` is `clipGradNorm_`. */
function camelCase(name: string): string {
  return name.replace(/(?<=[a-z\d])_([a-z\d])/g, (_, letter: string) => letter.toUpperCase());
}
