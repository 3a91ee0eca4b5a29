/**
 * The pages that are written by hand: the tutorials, the guides in docs/, the examples.
 *
 * @module
 */
import { REPOSITORY } from "./library.ts";
import type { Pages } from "./reference/page.ts";

/** Pages of a group, in the order in which they are to be read. */
export interface Group {
  readonly title: string;
  /** The folder below the site's root. */
  readonly folder: string;
  /** Where they are in the repository. */
  readonly from: string;
  readonly pages: readonly string[];
}

/** What stands beside the reference. */
export const GROUPS: readonly Group[] = [
  {
    title: "Tutorials",
    folder: "tutorials",
    from: "docs/tutorials/",
    pages: [
      "start.md",
      "engine.md",
      "mnist.md",
      "modules.md",
      "data.md",
      "convolution.md",
      "saving.md",
      "page.md",
      "from-pytorch.md",
      "from-tensorflow.md",
      "speed.md",
    ],
  },
  {
    title: "Guides",
    folder: "guides",
    from: "docs/",
    pages: [
      "memory.md",
      "runtimes.md",
      "workers.md",
      "webgpu.md",
      "commands.md",
      "pytorch.md",
      "onnx.md",
      "checkpoints.md",
      "experiments.md",
      "scaling.md",
      "web.md",
      "performance.md",
      "extending.md",
      "architecture.md",
      "kernels.md",
    ],
  },
  {
    title: "Examples",
    folder: "examples",
    from: "examples/",
    pages: [
      "xor.ts",
      "mnist_mlp.ts",
      "custom_module.ts",
      "lenet5.ts",
      "pytorch_mnist.ts",
      "all_convolutional.ts",
      "row_transformer.ts",
      "arch_residual.ts",
    ],
  },
];

/** A page of a group: where it is, what it is called, and its text. */
export interface Page {
  readonly link: string;
  readonly title: string;
  readonly text: string;
}

/** The pages of a group. Throws Error where a file is missing or has no title. */
export function pagesOf({ from, folder, pages }: Group): Page[] {
  return pages.map((file) => {
    const source = Deno.readTextFileSync(new URL(from + file, REPOSITORY));
    const link = `/${folder}/${file.replace(/\.\w+$/, "")}`;
    if (file.endsWith(".ts")) {
      const title = file;
      return { link, title, text: `# ${title}\n\n\`\`\`ts\n${source}\`\`\`\n` };
    }
    const title = source.match(/^# (.+)$/m)?.[1];
    if (title === undefined) throw new Error(`${from}${file} has no title`);
    return { link, title, text: withLinks(source, from) };
  });
}

/** All pages written by hand, by their path below the site's root. */
export function writtenPages(): Pages {
  const pages = GROUPS.flatMap(pagesOf).map(({ link, text }) =>
    [`${link.slice(1)}.md`, text] as const
  );
  const home = Deno.readTextFileSync(new URL("home.md", import.meta.url));
  return new Map([["index.md", home], ...pages]);
}

/**
 * Text whose links between files of the repository lead to their pages. What is no page, such as a
 * source file, stays as text without a link.
 */
function withLinks(text: string, from: string): string {
  return text.replace(/\[([^\]]+)\]\(([^)\s:]+)\)/g, (whole, label, target: string) => {
    const [path = "", heading] = target.split("#");
    if (path === "" || path.startsWith("/")) return whole;
    const file = new URL(path, `file:///${from}`).pathname.slice(1);
    const group = GROUPS.find(({ from, pages }) =>
      file.startsWith(from) && pages.includes(file.slice(from.length))
    );
    if (group === undefined) return label;
    const link = `/${group.folder}/${file.slice(group.from.length).replace(/\.\w+$/, "")}`;
    return `[${label}](${link}${heading === undefined ? "" : `#${heading}`})`;
  });
}
