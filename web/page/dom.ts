/** The element with this id. Throws where the page has none, or one of another kind. */
export function element<E extends HTMLElement = HTMLElement>(
  id: string,
  kind: { new (): E } = HTMLElement as unknown as { new (): E },
): E {
  const found = document.getElementById(id);
  if (found instanceof kind) return found;
  throw new TypeError(`element: the page needs a ${kind.name} with the id ${id}`);
}
