/** HTML read strictly: enough to see what a page consists of. */
import assert from "node:assert/strict";

/** An element's name and attributes, and the text right inside it. */
export interface HtmlElement {
  name: string;
  attributes: Map<string, string>;
  text: string;
}

/** Elements that have no end. */
const VOID = ["br", "img", "link", "meta"];
/** What SVG writes as `<path/>`. */
const EMPTY = ["path", "circle"];

/** All elements of a page, in order. Fails where one is not closed, or closed by another's end. */
export function elementsOf(html: string): HtmlElement[] {
  const elements: HtmlElement[] = [];
  const open: HtmlElement[] = [];
  assert.ok(html.startsWith("<!doctype html>"));
  const pattern = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-zA-Z:-]+(?:="[^"]*")?)*)\s*(\/?)>|[^<]+|</g;
  for (const [token, end, name, attributes, empty] of html.slice(15).matchAll(pattern)) {
    if (name === undefined) {
      assert.notEqual(token, "<", "a < that begins no element");
      const inside = open.at(-1);
      if (inside !== undefined) inside.text += unescape(token);
      continue;
    }
    if (end) {
      assert.equal(open.pop()?.name, name, `</${name}>`);
      continue;
    }
    const found = attributes!.matchAll(/([a-zA-Z:-]+)(?:="([^"]*)")?/g);
    const pairs = Array.from(found, ([_, key, value = ""]): [string, string] => [
      key!,
      unescape(value),
    ]);
    assert.equal(new Set(pairs.map(([key]) => key)).size, pairs.length, `twice in ${token}`);
    const element = { name, attributes: new Map(pairs), text: "" };
    elements.push(element);
    if (empty) assert.ok(EMPTY.includes(name), token);
    else if (!VOID.includes(name)) open.push(element);
  }
  assert.deepEqual(open, []);
  return elements;
}

function unescape(text: string): string {
  assert.doesNotMatch(text, /&(?!#\d+;)/, text);
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
}
