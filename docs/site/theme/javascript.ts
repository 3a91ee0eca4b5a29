/**
 * TypeScript as what browsers run.
 *
 * @module
 */
import { transform } from "sucrase";

let imports: Promise<Record<string, string>> | null = null;

/** A module without types, in which `@glim/glim…` are the addresses of the library's modules. */
export async function javaScriptOf(code: string, folder: string): Promise<string> {
  const base = new URL(folder, location.href);
  imports ??= fetch(new URL("imports.json", base)).then((response) => response.json());
  const places = await imports;
  const { code: plain } = transform(code, {
    transforms: ["typescript"],
    disableESTransforms: true,
    keepUnusedImports: false,
  });
  return plain.replace(
    /(\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"']+)\2/g,
    (whole, before, quote, name) => {
      const place = places[name];
      return place === undefined ? whole : `${before}${quote}${new URL(place, base)}${quote}`;
    },
  );
}
