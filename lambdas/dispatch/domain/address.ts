/** Whether an address can be sent to at all. What is refused here costs no attempt at a provider. Pure. */

/** Dot-separated words of the ASCII letters that mail providers take unquoted: no quotes, no comments, no list of two. */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/;
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/i;

/** An address of a form that a mail provider accepts: a local part of at most 64 characters, one @, a domain with a dot; at most 254 in all. */
export function isEmailAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  const [local, domain] = [text.slice(0, at), text.slice(at + 1)];
  return at >= 1 && local.length <= 64 && text.length <= 254 && LOCAL_PART.test(local) && DOMAIN.test(domain);
}

/** A Korean mobile number in E.164 (`010-0000-0000`, `+82 10-0000-0000` → `+821000000000`); null when it is none. */
export function mobileNumber(text: string): string | null {
  const digits = text.replace(/[\s().-]/g, '');
  const national = /^(?:\+820?|0)(1[016789]\d{7,8})$/.exec(digits)?.[1];
  return national === undefined ? null : `+82${national}`;
}
