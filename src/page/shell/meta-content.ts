// What the document was given with it.

/** Empty where there is no such field. */
export function metaContent(name: "csrf-token" | "version"): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
}
