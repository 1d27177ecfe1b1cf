/** Whether an address can be sent to at all. What is refused here costs no attempt at a provider. Pure. */

/** An address of a form that a mail provider accepts: a local part, one @, a domain with a dot; at most 254 characters. */
export const isEmailAddress = (text: string): boolean =>
  text.length <= 254 &&
  /^[^\s@<>"(),:;\\[\]]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$/.test(text);

/** A Korean mobile number in E.164 (`010-0000-0000` → `+821000000000`); null when it is none. */
export function mobileNumber(text: string): string | null {
  const digits = text.replace(/[\s().-]/g, '');
  const national = /^(?:\+82|0)(1[016789]\d{7,8})$/.exec(digits)?.[1];
  return national === undefined ? null : `+82${national}`;
}
