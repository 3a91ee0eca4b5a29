/**
 * How VitePress makes the site.
 *
 * @module
 */
import type { UserConfig } from "vitepress";
import { GROUPS, pagesOf } from "./pages.ts";
import type { Module } from "./reference/deno_doc.ts";
import { folderName, linkOf, type Name } from "./reference/names.ts";

interface Item {
  text: string;
  link?: string;
  items?: Item[];
  collapsed?: boolean;
}

/** The menu beside the pages that are read one after another. */
function writtenSidebar(): Item[] {
  return GROUPS.map((group) => ({
    text: group.title,
    items: pagesOf(group).map(({ title, link }) => ({ text: title, link })),
  }));
}

/** The menus beside the reference: of each entry point its names, and the others below. */
function referenceSidebars(modules: readonly Module[], names: readonly Name[]): [string, Item[]][] {
  const links = modules.map((module) => ({
    text: module.specifier,
    link: `/reference/${folderName(module)}/`,
  }));
  const own = modules.map((module, i): [string, Item[]] => [
    links[i]!.link,
    [
      {
        text: module.specifier,
        items: names.filter((name) => name.module === module)
          .toSorted((a, b) => a.name.localeCompare(b.name, "en"))
          .map((name) => ({ text: name.name, link: linkOf(name) })),
      },
      { text: "Modules", items: links },
    ],
  ]);
  // the more special first, as the first that fits is taken
  own.sort(([a], [b]) => b.length - a.length);
  return [...own, ["/reference/", [{ text: "Modules", items: links }]]];
}

/** The configuration for a site that will be served at `base`. */
export function configOf(
  base: string,
  modules: readonly Module[],
  names: readonly Name[],
): UserConfig {
  const written = writtenSidebar();
  return {
    base,
    title: "Glim",
    description: "PyTorch's names in TypeScript: tensors, gradients, modules and training.",
    lang: "en",
    metaChunk: true,
    head: [
      ["link", { rel: "icon", href: `${base}icon.svg`, type: "image/svg+xml" }],
      ["link", { rel: "stylesheet", href: `${base}site.css` }],
    ],
    markdown: {
      theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    },
    themeConfig: {
      search: { provider: "local" },
      outline: [2, 3],
      nav: [
        { text: "Tutorials", link: "/tutorials/start", activeMatch: "/tutorials/" },
        { text: "Guides", link: "/guides/pytorch", activeMatch: "/guides/" },
        { text: "Reference", link: "/reference/", activeMatch: "/reference/" },
      ],
      sidebar: {
        ...Object.fromEntries(referenceSidebars(modules, names)),
        "/": written,
      },
    },
  };
}
