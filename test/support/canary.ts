/** Strings that must not leak, found in whatever form a program may write them. */

/** Every form in which a text may stand in a log or a message: as it is, escaped, percent-encoded, in base64. */
export function formsOf(secret: string): string[] {
  const escaped = secret.replaceAll(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [...new Set([secret, escaped, encodeURIComponent(secret), ...base64FormsOf(secret)])];
}

/** Less than this is found anywhere: a short secret is searched in the open alone. */
const LEAST_CHARACTERS = 8;

/** What base64 makes of it at each of the three places it can begin at; what depends on its neighbours is left out. */
function base64FormsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const forms = [0, 1, 2].flatMap((before) => {
    const first = before === 0 ? 0 : 3 - before;
    const whole = bytes.subarray(first, bytes.length - ((bytes.length - first) % 3));
    return [whole.toString('base64'), whole.toString('base64url')];
  });
  return forms.filter(({ length }) => length >= LEAST_CHARACTERS);
}

/** Texts to be searched, by where they come from. */
export type Places = ReadonlyMap<string, string>;

/** Where each of the secrets stands: `log of send-email: doyeon@example.com`. Case makes no difference. */
export function leaks(places: Places, secrets: readonly string[]): string[] {
  const forms = secrets.map((secret) => [secret, formsOf(secret).map((form) => form.toLowerCase())] as const);
  return [...places].flatMap(([place, text]) => {
    const seen = text.toLowerCase();
    return forms
      .filter(([, each]) => each.some((form) => seen.includes(form)))
      .map(([secret]) => `${place}: ${secret}`);
  });
}
