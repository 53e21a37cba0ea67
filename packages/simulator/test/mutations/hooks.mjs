// Module hooks: the text of built modules is changed on its way into this process, never on the disk.
let edits = [];

export function initialize(data) {
  edits = data;
}

export async function load(url, context, next) {
  const loaded = await next(url, context);
  let source;
  for (const { module, find, replace } of edits) {
    if (!url.endsWith(module)) continue;
    source ??= String(loaded.source);
    const parts = source.split(find);
    if (parts.length !== 2) throw new Error(`${module} has ${parts.length - 1} times: ${find}`);
    source = parts.join(replace);
  }
  return source === undefined ? loaded : { ...loaded, source };
}
