/** Catches what is warned of until the end of a block: `using warnings = catchWarnings()`. */
export function catchWarnings(): { readonly texts: string[]; [Symbol.dispose](): void } {
  const { warn } = console;
  const texts: string[] = [];
  console.warn = (...words: unknown[]) => texts.push(words.join(" "));
  return { texts, [Symbol.dispose]: () => console.warn = warn };
}
